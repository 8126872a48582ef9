package dev.freshet.cli.doctor;

import dev.freshet.bus.admin.RedisInspection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one server reports about itself.
 *
 * @param address the server's address
 * @param namespace what the names of all keys and channels begin with
 * @param addressedAsCluster whether the configured address is that of a cluster
 * @param info all fields of INFO; empty if the user may not run it
 * @param settings the settings that the checks need, as far as the user may read them
 * @param refusedCommands the commands that Freshet needs and the user may not run, with the server's reason
 * @param refusedTierCommands likewise, the commands that only a Redis tier needs
 * @param hasTier whether a checked region keeps values on this server
 */
public record ServerFacts(
        String address,
        String namespace,
        boolean addressedAsCluster,
        Map<String, String> info,
        Map<String, String> settings,
        Map<String, String> refusedCommands,
        Map<String, String> refusedTierCommands,
        boolean hasTier) {

    static final String OUTPUT_BUFFER_LIMIT = "client-output-buffer-limit";
    static final String MIN_REPLICAS = "min-replicas-to-write";
    static final String MAXMEMORY_POLICY = "maxmemory-policy";
    static final String STOP_WRITES = "stop-writes-on-bgsave-error";

    private static final List<String> SETTINGS =
            List.of(OUTPUT_BUFFER_LIMIT, MIN_REPLICAS, MAXMEMORY_POLICY, STOP_WRITES);

    /**
     * Asks the server.
     *
     * @param hasTier whether a region on this server keeps values in Redis
     */
    public static ServerFacts of(RedisInspection inspection, boolean hasTier) {
        Map<String, String> settings = new LinkedHashMap<>();
        SETTINGS.forEach(name -> inspection.setting(name).ifPresent(value -> settings.put(name, value)));
        return new ServerFacts(
                inspection.address(),
                inspection.namespace(),
                inspection.isAddressedAsCluster(),
                inspection.info(),
                settings,
                inspection.refusedCommands(),
                inspection.refusedTierCommands(),
                hasTier);
    }

    String info(String field) {
        return info.getOrDefault(field, "");
    }

    long number(String field) {
        try {
            return Long.parseLong(info(field));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}

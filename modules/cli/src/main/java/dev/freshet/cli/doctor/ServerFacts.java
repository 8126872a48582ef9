package dev.freshet.cli.doctor;

import dev.freshet.bus.admin.RedisInspection;
import dev.freshet.bus.admin.RedisRights;
import dev.freshet.bus.admin.RedisRights.Role;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What one server reports about itself.
 *
 * @param address the server's address
 * @param namespace what the names of all keys and channels begin with
 * @param addressedAsCluster whether the configured address is that of a cluster
 * @param info all fields of INFO; empty if the user may not run it
 * @param settings the settings that the checks need, as far as the user may read them
 * @param whose who needs the commands: Freshet, or one part of it
 * @param refusedCommands the commands that it needs and the user may not run, with the server's reason
 * @param refusedTierCommands likewise, the commands that only a Redis tier needs
 * @param hasTier whether a checked region keeps values on this server
 */
public record ServerFacts(
        String address,
        String namespace,
        boolean addressedAsCluster,
        Map<String, String> info,
        Map<String, String> settings,
        String whose,
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
     * @param rights what the user should be allowed
     * @param hasTier whether a region on this server keeps values in Redis
     */
    public static ServerFacts of(RedisInspection inspection, RedisRights rights, boolean hasTier) {
        Map<String, String> settings = new LinkedHashMap<>();
        SETTINGS.forEach(name -> inspection.setting(name).ifPresent(value -> settings.put(name, value)));
        return new ServerFacts(
                inspection.address(),
                inspection.namespace(),
                inspection.isAddressedAsCluster(),
                inspection.info(),
                settings,
                rights.role() == Role.DOCTOR
                        ? "Freshet"
                        : "a " + rights.role().name().toLowerCase(Locale.ROOT),
                ofRole(inspection.refusedCommands(), rights),
                inspection.refusedTierCommands(),
                hasTier);
    }

    private static Map<String, String> ofRole(Map<String, String> refused, RedisRights rights) {
        Map<String, String> needed = new LinkedHashMap<>(refused);
        needed.keySet().removeIf(command -> !rights.commands().contains(command.toLowerCase(Locale.ROOT)));
        return needed;
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

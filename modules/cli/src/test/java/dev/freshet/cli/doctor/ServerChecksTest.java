package dev.freshet.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.cli.doctor.Finding.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests what the test server cannot show: other versions, a full disk, a cluster. */
class ServerChecksTest {

    private static final String LIMITS = "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60";

    private final Map<String, String> info = new HashMap<>(Map.of(
            "redis_version", "8.0.2", "role", "master", "connected_slaves", "0", "maxmemory_policy", "noeviction"));
    private final Map<String, String> settings = new HashMap<>(Map.of("client-output-buffer-limit", LIMITS));

    private final Map<String, String> refusedOfTier = new HashMap<>();
    private boolean hasTier;

    private List<String> faults() {
        return findings().stream()
                .filter(finding -> finding.level() == Level.FAULT)
                .map(Finding::check)
                .toList();
    }

    private List<Finding> findings() {
        return ServerChecks.judge(
                new ServerFacts("h:1", "shop", false, info, settings, "Freshet", Map.of(), refusedOfTier, hasTier));
    }

    @Test
    void whatOnlyATierNeedsIsAFaultOnlyWhereThereIsOne() {
        refusedOfTier.put("UNLINK", "NOPERM");
        assertThat(faults()).isEmpty();
        hasTier = true;
        assertThat(faults()).containsExactly("rights");
    }

    @Test
    void aTierThatFillsTheMemoryForGoodIsNoted() {
        info.put("maxmemory", "1000000");
        assertThat(findings()).noneMatch(finding -> finding.text().contains("never evicts the values"));
        hasTier = true;
        assertThat(findings()).anyMatch(finding -> finding.text().contains("never evicts the values"));
        info.put("maxmemory_policy", "volatile-lfu");
        assertThat(findings()).noneMatch(finding -> finding.text().contains("never evicts the values"));
    }

    @ParameterizedTest
    @CsvSource({"6.0.20,true", "6.2.0,false", "6.2,false", "7.0.15,false", "10.0.0,false", "5.0.14,true"})
    void theVersionMustBe62(String version, boolean tooOld) {
        info.put("redis_version", version);

        assertThat(faults().contains("version")).isEqualTo(tooOld);
    }

    @Test
    void aFullDisk() {
        info.put("rdb_last_bgsave_status", "err");
        assertThat(faults()).containsExactly("persistence");

        settings.put("stop-writes-on-bgsave-error", "no");
        assertThat(faults()).isEmpty();
    }

    @Test
    void aClusterNodeAddressedAsASingleServer() {
        info.put("cluster_enabled", "1");

        assertThat(faults()).containsExactly("cluster");
    }

    @Test
    void replicasMustBeWaitedForAlsoWhereConfigMayNotBeRead() {
        info.put("connected_slaves", "2");
        assertThat(faults()).containsExactly("replicas");

        info.put("min_slaves_good_slaves", "2");
        assertThat(faults()).isEmpty();
    }

    @Test
    void aUserWhoMaySeeNothing() {
        List<Finding> findings = ServerChecks.judge(new ServerFacts(
                "h:1", "shop", false, Map.of(), Map.of(), "Freshet", Map.of("INFO", "NOPERM"), Map.of(), false));

        assertThat(findings)
                .filteredOn(finding -> finding.level() == Level.FAULT)
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"0 0 0,false", "33554432 8388608 60,false", "1048576 0 0,true", "0 1024 10,true"})
    void outputBuffers(String limit, boolean hurts) {
        settings.put("client-output-buffer-limit", "normal 0 0 0 pubsub " + limit);

        assertThat(faults().contains("output-buffers")).isEqualTo(hurts);
    }
}

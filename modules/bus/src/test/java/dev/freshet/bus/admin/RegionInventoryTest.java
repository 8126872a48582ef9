package dev.freshet.bus.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.admin.RegionInventory.Fate;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A clock of Redis that is set forward makes all rows look old, as these are, until each subscriber writes its own again. */
class RegionInventoryTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final long SECOND_MICROS = 1_000_000;

    private final List<Long> pauses = new ArrayList<>();
    private Runnable meanwhile = () -> {};

    private RegionInventory open() {
        return RegionInventory.open(RedisConfig.of(REDIS.uri()), micros -> {
            pauses.add(micros);
            meanwhile.run();
        });
    }

    private static void row(String region, long seenMicros, long goneMicros) {
        REDIS.server()
                .execute("HSET", "freshet:{" + region + "}:members", "m", "seen=" + seenMicros + " gone=" + goneMicros);
    }

    private static long nowMicros() {
        String[] time = REDIS.server().execute("TIME").split("\\s+", -1);
        return Long.parseLong(time[0]) * SECOND_MICROS + Long.parseLong(time[1]);
    }

    private static boolean isThere(String region) {
        return REDIS.server()
                .execute("EXISTS", "freshet:{" + region + "}:members")
                .equals("1");
    }

    @Test
    void aSubscriberThatOnlyLooksGoneHasTimeToWriteItsRow() {
        long longAgo = nowMicros() - 3_600 * SECOND_MICROS;
        row("live", longAgo, 7 * SECOND_MICROS);
        row("late", longAgo, 5 * SECOND_MICROS);
        row("gone", longAgo, 2 * SECOND_MICROS);
        meanwhile = () -> {
            row("live", nowMicros(), 7 * SECOND_MICROS);
            row("late", longAgo + 1, 5 * SECOND_MICROS);
        };
        Map<String, Fate> fates = new LinkedHashMap<>();
        try (RegionInventory inventory = open()) {
            inventory.remove(List.of("live", "late", "gone"), Duration.ZERO, fates::put);
        }
        assertThat(fates)
                .containsOnly(
                        Map.entry("live", Fate.FOLLOWED),
                        Map.entry("late", Fate.USED),
                        Map.entry("gone", Fate.REMOVED));
        assertThat(pauses).containsExactly(7 * SECOND_MICROS);
        assertThat(isThere("live")).isTrue();
        assertThat(isThere("late")).isTrue();
        assertThat(isThere("gone")).isFalse();
    }

    @Test
    void whereNobodyLeftARowNothingIsAwaited() {
        REDIS.server().execute("HSET", "freshet:{plain}:head", "epoch", "0000000000000001", "seq", "0");
        try (RegionInventory inventory = open()) {
            assertThat(inventory.remove("plain", Duration.ZERO)).isEqualTo(Fate.REMOVED);
        }
        assertThat(pauses).isEmpty();
    }

    @Test
    void aRowThatClaimsYearsHoldsNobodyUp() {
        row("claimed", 0, 3_700 * SECOND_MICROS);
        try (RegionInventory inventory = open()) {
            assertThat(inventory.remove("claimed", Duration.ZERO)).isEqualTo(Fate.FOLLOWED);
        }
        assertThat(pauses).isEmpty();
    }
}

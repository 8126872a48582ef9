package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.HeldEntry;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What operators see of a cache, and that looking leaves no trace. */
class InspectionTest {

    private final Bench bench = new Bench();
    private final RegionCache<String> cache = RegionCache.<String>builder("users")
            .maximumEntries(1_000)
            .expireAfterWrite(Duration.ofSeconds(10))
            .time(bench.time)
            .sweptByOwner()
            .build();

    private List<String> states(String key) {
        return cache.held(List.of(Selector.keys(key)), 10).stream()
                .map(HeldEntry::state)
                .toList();
    }

    @Test
    void entriesAreDescribedWithoutTheirValues() {
        cache.put("a", "secret", StoreOptions.none().tags("t", "u").version(7));
        bench.advance(Duration.ofSeconds(2));

        assertThat(cache.held(List.of(Selector.keys("a", "b")), 10))
                .containsExactly(new HeldEntry(
                        "a", "readable", 2_000_000, OptionalLong.of(8_000_000), OptionalLong.of(7), List.of("t", "u")));
        assertThat(cache.stats().hits() + cache.stats().misses()).isZero();
    }

    @Test
    void anEntryThatNobodyCanReadSaysWhy() {
        cache.put("a", "v", StoreOptions.none().tags("t"));
        assertThat(states("a")).containsExactly("readable");
        cache.invalidate(Selector.tags("t"));
        assertThat(states("a")).containsExactly("invalidated");
        cache.put("b", "v");
        bench.advance(Duration.ofSeconds(10));
        assertThat(states("b")).containsExactly("expired");
        cache.storeAbsence(cache.lease("c"), StoreOptions.none());
        assertThat(states("c")).containsExactly("absent");
        assertThat(states("d")).isEmpty();
        assertThat(states("b")).as("looking removes nothing").containsExactly("expired");
    }

    @Test
    void ofTagsAndPrefixesReadableEntriesAreNamedUpToALimit() {
        for (int i = 0; i < 50; i++) {
            cache.put("user:" + i, "v", StoreOptions.none().tags("t"));
        }
        assertThat(cache.held(List.of(Selector.prefixes("user:4")), 100)).hasSize(11);
        assertThat(cache.held(List.of(Selector.tags("t")), 20)).hasSize(20);
        assertThat(cache.held(List.of(Selector.keys("user:1"), Selector.tags("t")), 3))
                .hasSize(3)
                .first()
                .extracting(HeldEntry::key)
                .isEqualTo("user:1");
        cache.invalidate(Selector.all());
        assertThat(cache.held(List.of(Selector.tags("t")), 20)).isEmpty();
    }

    @Test
    void theWordsCountWhatTheCacheCounts() {
        cache.put("a", "v");
        cache.getIfPresent("a");
        cache.getIfPresent("b");
        assertThat(cache.describe())
                .containsEntry("entries", "1")
                .containsEntry("hits", "1")
                .containsEntry("misses", "1")
                .containsEntry("resets", "0")
                .containsKey("serving")
                .doesNotContainKey("broken");
    }
}

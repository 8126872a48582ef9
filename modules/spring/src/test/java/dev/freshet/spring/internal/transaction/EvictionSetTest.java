package dev.freshet.spring.internal.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.Freshet;
import dev.freshet.RegionOptions;
import dev.freshet.bus.Change;
import dev.freshet.cache.Mark;
import dev.freshet.cache.StoreOptions;
import dev.freshet.fixtures.TestClients;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How much a transaction may gather. */
class EvictionSetTest {

    private static final int LIMIT = 100_000;

    /** What counts. */
    private enum Name {
        KEY {
            @Override
            void add(EvictionSet evictions, String name, Mark mark) {
                evictions.add(Eviction.ofKey(name));
            }
        },
        TAG {
            @Override
            void add(EvictionSet evictions, String name, Mark mark) {
                evictions.add(Eviction.of(List.of(name), List.of()));
            }
        },
        PREFIX {
            @Override
            void add(EvictionSet evictions, String name, Mark mark) {
                evictions.add(Eviction.of(List.of(), List.of(name)));
            }
        },
        WRITTEN {
            @Override
            void add(EvictionSet evictions, String name, Mark mark) {
                evictions.add(new Written(name, "Ann", StoreOptions.none(), mark));
            }
        };

        abstract void add(EvictionSet evictions, String name, Mark mark);
    }

    @ParameterizedTest
    @EnumSource(Name.class)
    void beyondTheLimitAllIsEvictedByForceAndNothingElseIsKept(Name name) {
        Change all = Change.builder().all().force().build();
        try (Freshet freshet = Freshet.connect(TestClients.NOBODY)) {
            Mark mark = freshet.region("users", RegionOptions.maximumEntries(1)).mark();
            EvictionSet evictions = new EvictionSet();
            for (int i = 0; i < LIMIT; i++) {
                name.add(evictions, "" + i, mark);
            }
            assertThat(evictions.changes()).doesNotContain(all);

            name.add(evictions, "one more", mark);

            assertThat(evictions.changes()).containsExactly(all);
            assertThat(evictions.written()).isEmpty();
        }
    }
}

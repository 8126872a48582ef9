package dev.freshet.proofs.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.fakes.HandTime;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Refusal;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.StoreResult;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordHeader;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.HandClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

class HistoryModelTest {

    private static final List<String> KEYS = List.of("a1", "a2", "b1", "Aa", "BB");
    private static final List<String> TAGS = List.of("s", "t");
    private static final List<String> PREFIXES = List.of("a", "b1", "Aa", "B");
    private static final Duration REGION_TTL = Duration.ofSeconds(30);
    private static final Duration LEASE_TTL = Duration.ofSeconds(10);

    enum Kind {
        READ,
        LEASE,
        STORE,
        STORE_BY_TEXT,
        PUT,
        INVALIDATE_KEY,
        INVALIDATE_VERSION,
        INVALIDATE_TAG,
        INVALIDATE_PREFIX,
        CLEAR,
        RESET,
        JOIN,
        ADVANCE,
        SWEEP
    }

    /** One step; what the numbers mean depends on its kind. */
    record Step(Kind kind, int pick, int tags, int number) {}

    @Provide
    Arbitrary<List<Step>> histories() {
        Arbitrary<Kind> kinds = Arbitraries.frequencyOf(
                Tuple.of(8, Arbitraries.of(Kind.READ, Kind.LEASE, Kind.STORE, Kind.STORE_BY_TEXT, Kind.PUT)),
                Tuple.of(
                        4,
                        Arbitraries.of(
                                Kind.INVALIDATE_KEY,
                                Kind.INVALIDATE_VERSION,
                                Kind.INVALIDATE_TAG,
                                Kind.INVALIDATE_PREFIX)),
                Tuple.of(1, Arbitraries.of(Kind.CLEAR, Kind.RESET, Kind.JOIN)),
                Tuple.of(4, Arbitraries.of(Kind.ADVANCE, Kind.SWEEP)));
        return Combinators.combine(
                        kinds,
                        Arbitraries.integers().between(0, 59),
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.integers().between(0, 11))
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(120);
    }

    @Property(tries = 2_000)
    void theCacheDoesWhatTheOracleSays(@ForAll("histories") List<Step> history) {
        replay(new Run(Duration.ZERO), history);
    }

    /** Copies of dead entries lie about, and nobody may tell. */
    @Property(tries = 1_000)
    void aFailSafeCacheDoesTheSameInAllThatIsOrdinary(@ForAll("histories") List<Step> history) {
        replay(new Run(Duration.ofSeconds(20)), history);
    }

    private static void replay(Run run, List<Step> history) {
        history.forEach(run::take);
        run.readAll();
        run.cache.sweep();
        run.readAll();
        assertThat(run.cache.size()).isEqualTo(run.readable());
        run.clock.advance(Duration.ofMinutes(2));
        run.cache.sweep();
        assertThat(run.cache.stats().entries()).isZero();
        assertThat(run.cache.stats().staleCopies()).isZero();
    }

    /** The cache and its oracle, fed the same steps. */
    private static final class Run {
        final HandClock clock = new HandClock();
        final RegionCache<Integer> cache;
        final Oracle oracle = new Oracle(LEASE_TTL, REGION_TTL);
        final List<Lease> leases = new ArrayList<>();
        private int nextValue;

        Run(Duration failSafe) {
            cache = RegionCache.<Integer>builder("users")
                    .maximumEntries(1_000)
                    .expireAfterWrite(REGION_TTL)
                    .leaseTtl(LEASE_TTL)
                    .failSafe(failSafe)
                    .time(new HandTime(clock))
                    .sweptByOwner()
                    .build();
        }

        long readable() {
            return KEYS.stream().filter(key -> oracle.read(key) != null).count();
        }

        void take(Step step) {
            String key = KEYS.get(step.pick % KEYS.size());
            String tag = TAGS.get(step.pick % TAGS.size());
            String prefix = PREFIXES.get(step.pick % PREFIXES.size());
            switch (step.kind) {
                case READ -> read(key);
                case LEASE -> {
                    leases.add(cache.lease(key));
                    oracle.lease(key);
                }
                case STORE, STORE_BY_TEXT -> {
                    if (!leases.isEmpty()) {
                        store(step.pick % leases.size(), step);
                    }
                }
                case PUT -> {
                    StoreOptions options = options(step);
                    int value = nextValue++;
                    assertThat(cache.put(key, value, options)).isEqualTo(oracle.put(key, value, options));
                }
                case INVALIDATE_KEY -> {
                    cache.invalidate(key);
                    oracle.invalidate(Selector.keys(key), OptionalLong.empty());
                }
                case INVALIDATE_VERSION -> apply(Selector.keys(key), OptionalLong.of(step.number % 4));
                case INVALIDATE_TAG -> apply(Selector.tags(tag), OptionalLong.empty());
                case INVALIDATE_PREFIX -> apply(Selector.prefixes(prefix), OptionalLong.empty());
                case CLEAR -> apply(Selector.all(), OptionalLong.empty());
                case RESET -> {
                    cache.reset(ResetReason.EPOCH);
                    oracle.reset();
                }
                case JOIN -> {
                    cache.joined();
                    oracle.reset();
                }
                case ADVANCE -> {
                    clock.advance(Duration.ofSeconds(step.number));
                    oracle.advance(Duration.ofSeconds(step.number));
                }
                case SWEEP -> cache.sweep();
            }
        }

        private static StoreOptions options(Step step) {
            StoreOptions options = StoreOptions.none();
            for (int i = 0; i < TAGS.size(); i++) {
                if ((step.tags & (1 << i)) != 0) {
                    options = options.tags(TAGS.get(i));
                }
            }
            if (step.number % 3 == 0) {
                options = options.version(step.number / 3);
            }
            return step.number % 4 == 0 ? options.ttl(Duration.ofSeconds(step.number)) : options;
        }

        private void store(int index, Step step) {
            Lease lease = leases.get(index);
            StoreOptions options = options(step);
            int value = nextValue++;
            Set<Refusal> refusals = oracle.refusals(index, options);
            StoreResult result = step.kind == Kind.STORE
                    ? cache.store(lease, value, options)
                    : cache.store(lease.key(), lease.token(), value, options);
            if (refusals.isEmpty()) {
                assertThat(result).isEqualTo(oracle.store(index, value, options));
            } else {
                assertThat(result.refusal()).isPresent().get().isIn(refusals);
            }
        }

        private void apply(Selector selector, OptionalLong version) {
            long now = clock.wallMicros();
            cache.apply(new LoggedRecord(
                    new RecordHeader(new Position(1, 1), now, false),
                    new RecordBody(
                            "test", OptionalLong.empty(), List.of(new Invalidation(selector, now, now, version)))));
            oracle.invalidate(selector, version);
        }

        private void read(String key) {
            assertThat(cache.getIfPresent(key)).as("key %s", key).isEqualTo(oracle.read(key));
        }

        void readAll() {
            KEYS.forEach(this::read);
        }
    }
}

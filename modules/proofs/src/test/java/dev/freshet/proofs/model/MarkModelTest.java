package dev.freshet.proofs.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.ResetReason;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Mark;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Transactions that read from snapshots, while rows change and the changes are applied later: whatever the order, no value is readable
 * that is older than a change which is applied.
 */
class MarkModelTest {

    /** {@code Aa} and {@code BB} have one hash. */
    private static final List<String> KEYS = List.of("a1", "a2", "b1", "Aa", "BB");

    enum Kind {
        COMMIT_KEY,
        COMMIT_TAG,
        COMMIT_PREFIX,
        COMMIT_ALL,
        APPLY,
        BEGIN,
        LOAD,
        LOAD_UNDER_LEASE,
        LOAD_OUTSIDE,
        RESET,
        SWEEP
    }

    record Step(Kind kind, int key, int transaction) {}

    @Provide
    Arbitrary<List<Step>> histories() {
        Arbitrary<Kind> kinds = Arbitraries.of(
                Kind.COMMIT_KEY,
                Kind.COMMIT_KEY,
                Kind.COMMIT_TAG,
                Kind.COMMIT_PREFIX,
                Kind.COMMIT_ALL,
                Kind.APPLY,
                Kind.APPLY,
                Kind.APPLY,
                Kind.BEGIN,
                Kind.BEGIN,
                Kind.LOAD,
                Kind.LOAD,
                Kind.LOAD,
                Kind.LOAD_UNDER_LEASE,
                Kind.LOAD_OUTSIDE,
                Kind.RESET,
                Kind.SWEEP);
        return Combinators.combine(
                        kinds,
                        Arbitraries.integers().between(0, KEYS.size() - 1),
                        Arbitraries.integers().between(0, 2))
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(60);
    }

    /** A transaction reads the rows as they were when it began, which was after it took its mark. */
    private record Transaction(Mark mark, Map<String, Integer> snapshot, int appliedBefore) {}

    /** A change that is committed, and what the rows were then. */
    private record Change(Selector selector, Map<String, Integer> rows) {}

    /** A run of one history. */
    private static final class Run {
        private final RegionCache<Integer> cache = RegionCache.<Integer>builder("users")
                .maximumEntries(100)
                .sweptByOwner()
                .build();

        private final Map<String, Integer> rows = new HashMap<>();
        private final Map<String, Integer> leastReadable = new HashMap<>();
        private final Deque<Change> committed = new ArrayDeque<>();
        private final List<Transaction> transactions = new ArrayList<>();
        private int applied;

        Run() {
            KEYS.forEach(key -> rows.put(key, 0));
            KEYS.forEach(key -> leastReadable.put(key, 0));
            for (int i = 0; i < 3; i++) {
                transactions.add(begin());
            }
        }

        private Transaction begin() {
            Mark mark = cache.mark();
            return new Transaction(mark, Map.copyOf(rows), applied);
        }

        private static String tagOf(String key) {
            return "of-" + key;
        }

        private void commit(List<String> keys, Selector selector) {
            keys.forEach(key -> rows.merge(key, 1, Integer::sum));
            committed.add(new Change(selector, Map.copyOf(rows)));
        }

        void take(Step step) {
            String key = KEYS.get(step.key());
            Transaction transaction = transactions.get(step.transaction());
            switch (step.kind()) {
                case COMMIT_KEY -> commit(List.of(key), Selector.keys(key));
                case COMMIT_TAG -> commit(List.of(key), Selector.tags(tagOf(key)));
                case COMMIT_PREFIX -> {
                    String prefix = key.substring(0, 1);
                    commit(KEYS.stream().filter(each -> each.startsWith(prefix)).toList(), Selector.prefixes(prefix));
                }
                case COMMIT_ALL -> commit(KEYS, Selector.all());
                case APPLY -> apply();
                case BEGIN -> transactions.set(step.transaction(), begin());
                case LOAD -> load(transaction, key);
                case LOAD_UNDER_LEASE -> loadUnderLease(transaction, key);
                case LOAD_OUTSIDE ->
                    cache.get(key, (missed, load) -> {
                        load.tags(tagOf(key));
                        return rows.get(key);
                    });
                case RESET -> {
                    cache.reset(ResetReason.EPOCH);
                    applied++;
                }
                case SWEEP -> cache.sweep();
            }
        }

        private void apply() {
            Change change = committed.poll();
            if (change == null) {
                return;
            }
            cache.invalidate(change.selector());
            applied++;
            KEYS.stream()
                    .filter(key -> switch (change.selector().kind()) {
                        case KEYS -> change.selector().names().contains(key);
                        case TAGS -> change.selector().names().contains(tagOf(key));
                        case PREFIXES -> change.selector().names().stream().anyMatch(key::startsWith);
                        case ALL -> true;
                    })
                    .forEach(key -> leastReadable.put(key, change.rows().get(key)));
        }

        private void load(Transaction transaction, String key) {
            cache.get(
                    key,
                    (missed, load) -> {
                        load.tags(tagOf(key));
                        return transaction.snapshot().get(key);
                    },
                    transaction.mark());
            assertKeptIfNothingHappened(transaction, key);
        }

        private void loadUnderLease(Transaction transaction, String key) {
            if (cache.getIfPresent(key) == null) {
                Lease lease = cache.lease(key, transaction.mark());
                Integer value = Objects.requireNonNull(transaction.snapshot().get(key));
                cache.store(lease, value, StoreOptions.none().tags(tagOf(key)));
                assertKeptIfNothingHappened(transaction, key);
            }
        }

        /** A mark that refused everything would be safe, and of no use. */
        private void assertKeptIfNothingHappened(Transaction transaction, String key) {
            if (transaction.appliedBefore() == applied) {
                assertThat(cache.getIfPresent(key)).as("kept: %s", key).isNotNull();
            }
        }

        void assertNothingOldIsReadable(List<Step> history) {
            for (String key : KEYS) {
                Integer value = cache.getIfPresent(key);
                if (value != null) {
                    assertThat(value).as("%s after %s", key, history).isGreaterThanOrEqualTo(leastReadable.get(key));
                }
            }
        }
    }

    @Property(tries = 2_000)
    void noTransactionBringsBackWhatWasInvalidatedSinceItBegan(@ForAll("histories") List<Step> history) {
        Run run = new Run();
        for (Step step : history) {
            run.take(step);
            run.assertNothingOldIsReadable(history);
        }
    }
}

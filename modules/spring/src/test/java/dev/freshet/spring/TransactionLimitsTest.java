package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.RegionOptions;
import dev.freshet.fixtures.TestClients;
import dev.freshet.testkit.RedisExtension;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** How much a transaction may gather; what becomes of it if a store is refused, and after the end of the caches. */
class TransactionLimitsTest {

    private static final int MAX_STORES = 10_000;
    private static final int MAX_NAMES = 100_000;

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final Source source = new Source();
    private final List<Replica> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(Replica::close);
    }

    private Replica replica() {
        Replica replica = started();
        open.add(replica);
        return replica;
    }

    private Replica started() {
        return Replica.start(
                        TestClients.patient(REDIS.uri()),
                        caches -> caches.cache("users", users()).cache("written", Replica.options()),
                        source,
                        OutageTest.Transactions.class)
                .awaitReady();
    }

    /** Its copier is a part of the application, and may fail. */
    private static FreshetCacheOptions users() {
        return FreshetCacheOptions.of(RegionOptions.maximumEntries(20_000).copier(value -> {
            if ("broken copy".equals(value)) {
                throw new IllegalStateException("there is no copy");
            }
            return value;
        }));
    }

    private static void transaction(Replica replica, Runnable work) {
        new TransactionTemplate(replica.bean(PlatformTransactionManager.class))
                .executeWithoutResult(status -> work.run());
    }

    @Test
    void beyondAHundredThousandNamesAllEntriesAreEvicted() {
        Replica here = replica();
        source.write("a", "Ann");
        here.users().find("a");

        transaction(here, () -> evict(here, MAX_NAMES));
        assertThat(here.has("users", "a")).isTrue();

        transaction(here, () -> evict(here, MAX_NAMES + 1));
        assertThat(here.has("users", "a")).isFalse();
    }

    private static void evict(Replica replica, int names) {
        for (int i = 0; i < names; i++) {
            replica.cache("users").evict("" + i);
        }
    }

    @Test
    void beyondTenThousandLoadsATransactionStoresNoMore() {
        Replica here = replica();

        transaction(here, () -> {
            for (int i = 0; i <= MAX_STORES; i++) {
                source.write("" + i, "Ann");
                here.users().find("" + i);
            }
            assertThat(here.hasNoLease("users", "" + (MAX_STORES - 1))).isFalse();
            assertThat(here.hasNoLease("users", "" + MAX_STORES)).isTrue();
        });

        assertThat(here.local("users").stats().stores()).isEqualTo(MAX_STORES);
        assertThat(here.has("users", "" + (MAX_STORES - 1))).isTrue();
        assertThat(here.has("users", "" + MAX_STORES)).isFalse();
    }

    @Test
    void aStoreThatIsRefusedAfterTheCommitHoldsUpNoOtherAndTheCallerGoesOn() {
        Replica here = replica();
        source.write("a", "broken copy");
        source.write("b", "Ann");

        assertThatCode(() -> transaction(here, () -> {
                    here.users().find("a");
                    here.users().find("b");
                }))
                .doesNotThrowAnyException();

        assertThat(here.has("users", "a")).isFalse();
        assertThat(here.hasNoLease("users", "a")).isTrue();
        assertThat(here.has("users", "b")).isTrue();
    }

    @Test
    void aStoreThatIsRefusedWithoutATransactionFailsTheCall() {
        Replica here = replica();
        source.write("a", "broken copy");

        assertThatThrownBy(() -> here.users().find("a")).hasMessage("there is no copy");

        assertThat(here.hasNoLease("users", "a")).isTrue();
    }

    @Test
    void aTransactionAfterTheEndOfTheCachesGoesOn() {
        Replica here = replica();
        here.manager().close();

        assertThatCode(() -> transaction(here, () -> source.write("a", "Ann"))).doesNotThrowAnyException();
    }

    @Test
    void aThreadThatHadTransactionsKeepsNothingOfAnApplicationThatHasEnded() {
        WeakReference<FreshetCacheManager> ended = endedAfterATransaction();

        await().until(() -> {
            System.gc();
            return ended.get() == null;
        });
    }

    private WeakReference<FreshetCacheManager> endedAfterATransaction() {
        try (Replica replica = started()) {
            source.write("a", "Ann");
            transaction(replica, () -> {
                replica.users().find("a");
                replica.users().evict("a");
            });
            return new WeakReference<>(replica.manager());
        }
    }
}

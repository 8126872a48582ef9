package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.FreshetConfig;
import dev.freshet.OnFailure;
import dev.freshet.RegionOptions;
import dev.freshet.bus.TooBroadException;
import dev.freshet.bus.UnavailableException;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.fixtures.TestClients;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionTemplate;

/** Redis stops and comes back; and evictions that are refused. */
class OutageTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final Source source = new Source();
    private final List<Replica> open = new ArrayList<>();

    /** Transactions of nothing: what matters is when they end. */
    static class NoDatabase extends AbstractPlatformTransactionManager {
        private static final long serialVersionUID = 1L;

        private transient @Nullable RuntimeException commitFault;

        @Override
        protected Object doGetTransaction() {
            return this;
        }

        @Override
        protected void doBegin(Object transaction, TransactionDefinition definition) {}

        @Override
        protected void doCommit(DefaultTransactionStatus status) {
            if (commitFault != null) {
                throw commitFault;
            }
        }

        @Override
        protected void doRollback(DefaultTransactionStatus status) {}
    }

    @Configuration(proxyBeanMethods = false)
    static class Transactions {
        @Bean
        NoDatabase transactionManager() {
            return new NoDatabase();
        }
    }

    @AfterEach
    void close() {
        open.forEach(Replica::close);
    }

    private static FreshetConfig quick() {
        return TestClients.quick(REDIS.uri());
    }

    private Replica replica(FreshetConfig config, UnaryOperator<FreshetCacheManager.Builder> caches) {
        Replica replica = Replica.start(config, caches, source, Transactions.class);
        open.add(replica);
        return replica.awaitReady();
    }

    private static void transaction(Replica replica, Runnable work) {
        new TransactionTemplate(replica.bean(PlatformTransactionManager.class))
                .executeWithoutResult(status -> work.run());
    }

    @Test
    void whileRedisIsStoppedReadsGoOnAndEvictionsWaitUntilItIsBack() {
        Replica here = replica(quick(), Replica::caches);
        Replica there = replica(quick(), Replica::caches);
        source.write("a", "Ann");
        source.write("b", "Ann");
        here.users().find("a");
        there.users().find("a");
        there.users().find("b");

        REDIS.server().stop();
        source.write("a", "Bob");
        source.write("b", "Bob");
        assertThatCode(() -> transaction(here, () -> here.users().evict("a"))).doesNotThrowAnyException();
        here.users().evict("b");

        assertThat(here.users().find("a")).isEqualTo("Bob");
        assertThat(there.users().find("a")).isEqualTo("Ann");
        assertThat(here.manager().stats().evictionsFailed()).isZero();
        REDIS.server().start();
        await().untilAsserted(() -> {
            assertThat(there.users().find("a")).isEqualTo("Bob");
            assertThat(there.users().find("b")).isEqualTo("Bob");
        });
    }

    @Test
    void readsLoadWhileRedisIsStoppedWhereThePolicySaysSo() {
        Replica here = replica(
                quick(),
                caches -> caches.defaults(FreshetCacheOptions.of(RegionOptions.maximumEntries(100)
                        .unconfirmed(UnconfirmedPolicy.BYPASS, Duration.ofSeconds(1)))));
        source.write("a", "Ann");
        here.users().find("a");
        await().until(() -> here.freshet().ready().isDone());
        REDIS.server().stop();
        source.write("a", "Bob");

        await().untilAsserted(() -> {
            assertThat(here.users().find("a")).isEqualTo("Bob");
            assertThat(here.users().findSync("a")).isEqualTo("Bob");
        });
    }

    @Test
    void anEvictionThatIsRefusedAfterTheCommitIsCountedAndTheCallerGoesOn() {
        Replica here = replica(quick().withOnFailure(OnFailure.THROW), Replica::caches);
        source.write("a", "Ann");
        here.users().find("a");
        REDIS.server().stop();

        assertThatCode(() -> transaction(here, () -> here.users().evict("a"))).doesNotThrowAnyException();

        assertThat(here.manager().stats().evictionsFailed()).isEqualTo(1);
        assertThat(here.has("users", "a")).isFalse();
    }

    @Test
    void anEvictionThatIsRefusedIsThrownIfThatIsAskedFor() {
        Replica here = replica(quick().withOnFailure(OnFailure.THROW), caches -> Replica.caches(caches)
                .evictionFailure(EvictionFailure.THROW));
        REDIS.server().stop();

        assertThatThrownBy(() -> transaction(here, () -> here.users().evict("a")))
                .isInstanceOf(UnavailableException.class);
        assertThatThrownBy(() -> here.users().evict("a")).isInstanceOf(UnavailableException.class);
    }

    @Test
    void anEvictionBeforeTheMethodThatIsRefusedAfterItIsCountedAndTheCallerGoesOn() {
        Replica here = replica(quick().withOnFailure(OnFailure.THROW), Replica::caches);

        assertThatCode(() -> here.users().evictBefore("a", () -> REDIS.server().stop()))
                .doesNotThrowAnyException();

        assertThat(here.manager().stats().evictionsFailed()).isEqualTo(1);
    }

    @Test
    void allEntriesIsRefusedBeyondTheLimitOnBroadChangesAndKeysOfTheSameTransactionAreEvicted() {
        Replica here = replica(
                quick().withPublisher(it -> it.withBroadLimit(1, Duration.ofSeconds(5)))
                        .withTimeout(Duration.ofSeconds(20)),
                Replica::caches);
        Replica there = replica(quick(), Replica::caches);
        for (int i = 0; i < 5; i++) {
            source.write("" + i, "Ann");
            there.users().find("" + i);
        }

        assertThatThrownBy(() -> here.users().evictAll()).isInstanceOf(TooBroadException.class);
        assertThatCode(() -> transaction(here, () -> {
                    here.users().evict("0");
                    here.users().evictAll();
                }))
                .doesNotThrowAnyException();

        assertThat(here.manager().stats().evictionsFailed()).isEqualTo(1);
        await().until(() -> !there.has("users", "0"));
        assertThat(there.has("users", "1")).isTrue();
    }

    static Stream<RuntimeException> faultsOfACommit() {
        return Stream.of(
                new TransactionSystemException("the connection was lost in the commit"),
                // Spring calls this one a rollback.
                new DataAccessResourceFailureException("the connection was lost in the commit"));
    }

    @ParameterizedTest
    @MethodSource("faultsOfACommit")
    void aCommitWhoseOutcomeIsUnknownEvictsAndStoresNothing(RuntimeException fault) {
        Replica here = replica(quick(), Replica::caches);
        source.write("a", "Ann");
        here.users().find("a");
        here.bean(NoDatabase.class).commitFault = fault;

        assertThatThrownBy(() -> transaction(here, () -> {
                    here.users().evict("a");
                    here.users().find("c");
                    here.users().updateThrough("d", "Ann", () -> {});
                }))
                .isSameAs(fault);

        assertThat(here.has("users", "a")).isFalse();
        assertThat(here.has("users", "c")).isFalse();
        assertThat(here.has("written", "d")).isFalse();
        assertThat(here.hasNoLease("users", "c")).isTrue();
    }
}

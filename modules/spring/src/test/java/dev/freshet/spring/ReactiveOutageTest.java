package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.OnFailure;
import dev.freshet.bus.UnavailableException;
import dev.freshet.fixtures.TestClients;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.CachePut;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.ReactiveTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.reactive.AbstractReactiveTransactionManager;
import org.springframework.transaction.reactive.GenericReactiveTransaction;
import org.springframework.transaction.reactive.TransactionSynchronizationManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** As {@link OutageTest}, within reactive transactions. */
class ReactiveOutageTest {

    private static final Duration LONG = Duration.ofMinutes(1);

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final List<Replica> open = new ArrayList<>();

    /** Begins and ends transactions of nothing. */
    static class NoDatabase extends AbstractReactiveTransactionManager {
        private static final long serialVersionUID = 1L;

        private transient @Nullable RuntimeException commitFault;

        private record Held(Object connection) {}

        @Override
        protected Object doGetTransaction(TransactionSynchronizationManager context) {
            return new Held(new Object());
        }

        @Override
        protected Mono<Void> doBegin(
                TransactionSynchronizationManager context, Object transaction, TransactionDefinition definition) {
            return Mono.fromRunnable(() -> context.bindResource(this, ((Held) transaction).connection()));
        }

        @Override
        protected Mono<Void> doCommit(TransactionSynchronizationManager context, GenericReactiveTransaction status) {
            return commitFault == null ? Mono.empty() : Mono.error(commitFault);
        }

        @Override
        protected Mono<Void> doRollback(TransactionSynchronizationManager context, GenericReactiveTransaction status) {
            return Mono.empty();
        }

        @Override
        protected Mono<Void> doCleanupAfterCompletion(TransactionSynchronizationManager context, Object transaction) {
            return Mono.fromRunnable(() -> context.unbindResource(this));
        }
    }

    /** A service whose rows never change. */
    static class Service {
        @Cacheable("users")
        public Mono<String> find(String id) {
            return Mono.just("Ann");
        }

        @CacheEvict("users")
        public Mono<String> evict(String id) {
            return Mono.just(id);
        }

        @CacheEvict("users")
        public Flux<String> evictOfMany(String id) {
            return Flux.just(id, id);
        }

        @FreshetEvict(cacheNames = "users", tags = "#{#id}")
        public Mono<String> evictTag(String id) {
            return Mono.just(id);
        }

        @FreshetEvict(cacheNames = "users", tags = "#{#id}")
        public Flux<String> evictTagOfMany(String id) {
            return Flux.just(id, id);
        }

        @CachePut("written")
        public Mono<String> put(String id) {
            return Mono.just("Ann");
        }

        @CacheEvict(cacheNames = "users", key = "#id", beforeInvocation = true)
        public Mono<String> evictBefore(String id, Runnable meanwhile) {
            return Mono.<String>fromRunnable(meanwhile).thenReturn(id);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Application {
        @Bean
        NoDatabase transactionManager() {
            return new NoDatabase();
        }

        @Bean
        Service service() {
            return new Service();
        }
    }

    @AfterEach
    void close() {
        open.forEach(Replica::close);
    }

    private Replica replica(OnFailure onFailure, UnaryOperator<FreshetCacheManager.Builder> caches) {
        Replica replica =
                Replica.start(TestClients.quick(REDIS.uri()).withOnFailure(onFailure), caches, null, Application.class);
        open.add(replica);
        return replica.awaitReady();
    }

    private static void transaction(Replica replica, Mono<?> work) {
        TransactionalOperator.create(replica.bean(ReactiveTransactionManager.class))
                .transactional(work)
                .block(LONG);
    }

    @Test
    void anEvictionThatIsRefusedAfterTheCommitIsCountedAndTheCallerGoesOn() {
        Replica here = replica(OnFailure.THROW, Replica::caches);
        Service service = here.bean(Service.class);
        service.find("a").block(LONG);
        REDIS.server().stop();

        assertThatCode(() -> transaction(here, service.evict("a"))).doesNotThrowAnyException();

        assertThat(here.manager().stats().evictionsFailed()).isEqualTo(1);
        assertThat(here.has("users", "a")).isFalse();
    }

    @Test
    void anEvictionThatIsRefusedIsThrownIfThatIsAskedFor() {
        Replica here =
                replica(OnFailure.THROW, caches -> Replica.caches(caches).evictionFailure(EvictionFailure.THROW));
        Service service = here.bean(Service.class);
        REDIS.server().stop();

        assertThatThrownBy(() -> transaction(here, service.evict("a"))).isInstanceOf(UnavailableException.class);
        for (Publisher<String> eviction : List.of(
                service.evict("a"), service.evictOfMany("a"), service.evictTag("a"), service.evictTagOfMany("a"))) {
            assertThatThrownBy(() -> Flux.from(eviction).blockLast(LONG)).isInstanceOf(UnavailableException.class);
        }
    }

    @Test
    void anEvictionBeforeTheMethodThatIsRefusedAfterItIsCountedAndTheCallerGoesOn() {
        Replica here = replica(OnFailure.THROW, Replica::caches);

        assertThatCode(() -> here.bean(Service.class)
                        .evictBefore("a", () -> REDIS.server().stop())
                        .block(LONG))
                .doesNotThrowAnyException();

        assertThat(here.manager().stats().evictionsFailed()).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("dev.freshet.spring.OutageTest#faultsOfACommit")
    void aCommitWhoseOutcomeIsUnknownEvictsAndStoresNothing(RuntimeException fault) {
        Replica here = replica(OnFailure.QUEUE, Replica::caches);
        Service service = here.bean(Service.class);
        service.find("a").block(LONG);
        here.bean(NoDatabase.class).commitFault = fault;

        assertThatThrownBy(() -> transaction(
                        here, service.evict("a").then(service.find("c")).then(service.put("d"))))
                .isSameAs(fault);

        assertThat(here.has("users", "a")).isFalse();
        assertThat(here.has("users", "c")).isFalse();
        assertThat(here.has("written", "d")).isFalse();
        assertThat(here.hasNoLease("users", "c")).isTrue();
    }
}

package dev.freshet.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.r2dbc.spi.ConnectionFactory;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What a reactive transaction loads: stored after its commit, and only if it is neither uncommitted nor from an old snapshot. */
class ReactiveTransactionLoadsTest extends ReactiveBank {

    @ParameterizedTest
    @EnumSource(ReactiveAccountRead.class)
    void whatATransactionLoadsIsStoredAfterItsCommit(ReactiveAccountRead read) {
        mine.write(id, "Ann").block();

        run(read.find(mine, id).doOnNext(found -> {
            assertThat(found).isEqualTo("Ann");
            assertThat(has(read.cache())).isFalse();
        }));

        assertThat(has(read.cache())).isTrue();
        assertThat(here.hasNoLease(read.cache(), id)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(ReactiveAccountRead.class)
    void anUncommittedValueIsNotCachedAfterARollback(ReactiveAccountRead read) {
        mine.write(id, "Ann").block();

        runAndRollBack(mine.write(id, "Bob").then(read.find(mine, id)).doOnNext(found -> assertThat(found)
                .isEqualTo("Bob")));

        assertThat(has(read.cache())).isFalse();
        assertThat(here.hasNoLease(read.cache(), id)).isTrue();
        assertThat(got(read.find(mine, id))).isEqualTo("Ann");
    }

    @ParameterizedTest
    @EnumSource(ReactiveAccountRead.class)
    void anUncommittedValueIsSharedWithNobody(ReactiveAccountRead read) {
        mine.write(id, "Ann").block();

        runAndRollBack(mine.write(id, "Bob")
                .then(read.find(mine, id))
                .doOnNext(found -> assertThat(found).isEqualTo("Bob"))
                .then(elsewhere(read.find(mine, id)))
                .doOnNext(found -> assertThat(found).isEqualTo("Ann")));

        assertThat(got(read.find(mine, id))).isEqualTo("Ann");
    }

    @ParameterizedTest
    @EnumSource(ReactiveAccountRead.class)
    void anUncommittedValueIsNotCachedAfterARollbackToASavepoint(ReactiveAccountRead read) {
        mine.write(id, "Ann").block();

        run(transfers
                .nested(mine.write(id, "Bob")
                        .then(read.find(mine, id))
                        .doOnNext(found -> assertThat(found).isEqualTo("Bob"))
                        .then(Mono.<String>error(new RolledBack())))
                .onErrorResume(RolledBack.class, rolledBack -> Mono.empty()));

        assertThat(has(read.cache())).isFalse();
        assertThat(got(read.find(mine, id))).isEqualTo("Ann");
    }

    @ParameterizedTest
    @EnumSource(ReactiveAccountRead.class)
    void aSnapshotThatIsOlderThanTheLeaseStoresNothing(ReactiveAccountRead read) {
        mine.write(id, "Ann").block();

        for (boolean isReadOnly : new boolean[] {false, true}) {
            String before = got(mine.read(id));
            snapshot(isReadOnly)
                    .transactional(mine.read(id) // PostgreSQL takes the snapshot with the first statement
                            .then(elsewhere(mine.rename(id, before + "y")))
                            .then(read.find(mine, id))
                            .doOnNext(found -> assertThat(found).isEqualTo(before)))
                    .block();

            assertThat(has(read.cache())).isFalse();
        }
        assertThat(got(read.find(mine, id))).isEqualTo("Annyy");
    }

    @ParameterizedTest
    @EnumSource(ReactiveAccountRead.class)
    void whatAReadOnlyTransactionLoadsIsStoredAtOnce(ReactiveAccountRead read) {
        mine.write(id, "Ann").block();

        snapshot(true)
                .transactional(read.find(mine, id)
                        .then(then(() -> assertThat(has(read.cache())).isTrue())))
                .block();
    }

    @ParameterizedTest
    @EnumSource(ReactiveAccountRead.class)
    void aTransactionThatIsCancelledStoresNothing(ReactiveAccountRead read) {
        mine.write(id, "Ann").block();
        CompletableFuture<String> loaded = new CompletableFuture<>();
        Disposable subscriber = transaction()
                .transactional(mine.write(id, "Bob")
                        .then(read.find(mine, id))
                        .doOnNext(loaded::complete)
                        .then(Mono.never()))
                .subscribe();
        assertThat(joined(loaded)).isEqualTo("Bob");

        subscriber.dispose();

        await().until(() -> here.hasNoLease(read.cache(), id));
        assertThat(has(read.cache())).isFalse();
        assertThat(got(read.find(mine, id))).isEqualTo("Ann");
    }

    @Test
    void aLoadThatIsCancelledWithItsTransactionLeavesNoLease() {
        mine.write(id, "Ann").block();
        CompletableFuture<Void> loading = new CompletableFuture<>();
        Disposable subscriber = transaction()
                .transactional(
                        mine.findThen(id, then(() -> loading.complete(null)).then(Mono.never())))
                .subscribe();
        joined(loading);

        subscriber.dispose();

        await().until(() -> here.hasNoLease("users", id));
        assertThat(has("users")).isFalse();
    }

    @Test
    void aLoadOfManyThatIsCancelledWithItsTransactionLeavesNoLease() {
        mine.write(id, "Ann").block();
        CompletableFuture<Void> loading = new CompletableFuture<>();
        Disposable subscriber = transaction()
                .transactional(
                        mine.findAllThen(id, then(() -> loading.complete(null)).then(Mono.never())))
                .subscribe();
        joined(loading);

        subscriber.dispose();

        await().until(() -> here.hasNoLease("lists", id));
        assertThat(has("lists")).isFalse();
    }

    @Test
    void whatAnAnnotatedMethodLoadsIsStoredAfterItsCommit() {
        mine.write(id, "Ann").block();

        got(transfers.required(transfers
                .required(mine.find(id))
                .then(then(() -> assertThat(has("users")).isFalse()))
                .thenReturn("done")));
        got(transfers
                .requiredOfMany(Flux.concat(
                        mine.findAll(id), then(() -> assertThat(has("lists")).isFalse())))
                .collectList());

        assertThat(has("users")).isTrue();
        assertThat(has("lists")).isTrue();
    }

    @Test
    void anInnerTransactionOfItsOwnStoresAtItsCommitAndTheOuterOneGoesOn() {
        mine.write(id, "Ann").block();

        runAndRollBack(transfers
                .requiresNew(mine.find(id))
                .then(then(() -> assertThat(has("users")).isTrue()))
                .thenMany(mine.findAll(id))
                .then());

        assertThat(has("users")).isTrue();
        assertThat(has("lists")).isFalse();
    }

    @Test
    void outsideOfASuspendedTransactionLoadsAreStoredAtOnce() {
        mine.write(id, "Ann").block();

        runAndRollBack(transfers.outside(mine.find(id)).then(then(() -> assertThat(has("users"))
                .isTrue())));

        assertThat(got(mine.find(id))).isEqualTo("Ann");
    }

    @Test
    void whatIsLoadedInATransactionOfAnUnknownManagerIsNotStoredAndCounted() {
        mine.write(id, "Ann").block();
        long before = here.manager().stats().untrackedLoads();
        TransactionalOperator unknown =
                TransactionalOperator.create(new R2dbcTransactionManager(here.bean(ConnectionFactory.class)));

        // Another one that is known is under way.
        run(elsewhere(unknown.transactional(mine.find(id))));

        assertThat(has("users")).isFalse();
        assertThat(here.hasNoLease("users", id)).isTrue();
        assertThat(here.manager().stats().untrackedLoads()).isEqualTo(before + 1);
        unknown.transactional(mine.rename(id, "Bob")).block();
        assertThat(got(mine.find(id))).isEqualTo("Bob");
    }

    @Test
    void eachSubscriberOfOnePublisherIsACallOfItsOwn() {
        mine.write(id, "Ann").block();
        Mono<String> found = mine.find(id);

        runAndRollBack(mine.write(id, "Bob").then(found).doOnNext(name -> assertThat(name)
                .isEqualTo("Bob")));

        assertThat(got(found)).isEqualTo("Ann");
        mine.rename(id, "Cid").block();
        assertThat(got(found)).isEqualTo("Cid");
    }
}

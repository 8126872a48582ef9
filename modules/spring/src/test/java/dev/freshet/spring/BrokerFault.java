package dev.freshet.spring;

import java.util.List;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.transaction.support.TransactionSynchronization;
import reactor.core.publisher.Mono;

/** Where a broker of events, which takes part in a transaction, throws. */
enum BrokerFault {
    WITHIN,
    BEFORE_COMMIT,
    BEFORE_COMPLETION,
    AFTER_COMMIT_FIRST,
    AFTER_COMMIT,
    AFTER_COMPLETION;

    static final String MESSAGE = "the broker is not there";

    /** Whether Spring only logs it. */
    boolean isSwallowed() {
        return this == BEFORE_COMPLETION || this == AFTER_COMPLETION;
    }

    /** Whether the transaction is rolled back. */
    boolean rollsBack() {
        return this == WITHIN || this == BEFORE_COMMIT;
    }

    void throwIf(BrokerFault... when) {
        if (List.of(when).contains(this)) {
            throw new IllegalStateException(MESSAGE);
        }
    }

    private int order() {
        return this == AFTER_COMMIT_FIRST ? Ordered.HIGHEST_PRECEDENCE : 0;
    }

    /** Where it is to be the first, it is before caches too: they have priority as well, and it is registered before them. */
    private final class Blocking implements TransactionSynchronization, PriorityOrdered {
        @Override
        public int getOrder() {
            return order();
        }

        @Override
        public void beforeCommit(boolean readOnly) {
            throwIf(BEFORE_COMMIT);
        }

        @Override
        public void beforeCompletion() {
            throwIf(BEFORE_COMPLETION);
        }

        @Override
        public void afterCommit() {
            throwIf(AFTER_COMMIT_FIRST, AFTER_COMMIT);
        }

        @Override
        public void afterCompletion(int status) {
            throwIf(AFTER_COMPLETION);
        }
    }

    TransactionSynchronization blocking() {
        return new Blocking();
    }

    /** The same within a reactive transaction. Without priority: Spring calls nobody after a callback that throws after the commit. */
    private final class Reactive
            implements org.springframework.transaction.reactive.TransactionSynchronization, Ordered {
        @Override
        public int getOrder() {
            return order();
        }

        private Mono<Void> failedIf(BrokerFault... when) {
            return Mono.fromRunnable(() -> throwIf(when));
        }

        @Override
        public Mono<Void> beforeCommit(boolean readOnly) {
            return failedIf(BEFORE_COMMIT);
        }

        @Override
        public Mono<Void> beforeCompletion() {
            return failedIf(BEFORE_COMPLETION);
        }

        @Override
        public Mono<Void> afterCommit() {
            return failedIf(AFTER_COMMIT_FIRST, AFTER_COMMIT);
        }

        @Override
        public Mono<Void> afterCompletion(int status) {
            return failedIf(AFTER_COMPLETION);
        }
    }

    org.springframework.transaction.reactive.TransactionSynchronization reactive() {
        return new Reactive();
    }
}

package dev.freshet.spring.internal.transaction;

import org.jspecify.annotations.Nullable;

/** Knows in which transaction a caller is. Without spring-tx nobody is in one. */
public interface Transactions {

    /** There are none. */
    Transactions NONE = new Transactions() {
        @Override
        public @Nullable CurrentTransaction current() {
            return null;
        }

        @Override
        public @Nullable CurrentTransaction current(Subscribed subscribed) {
            return null;
        }
    };

    /** Returns the transaction of the calling thread; null if it is in none. */
    @Nullable
    CurrentTransaction current();

    /** Returns the transaction of a subscriber's context; null if it is in none. */
    @Nullable
    CurrentTransaction current(Subscribed subscribed);

    /** Returns the transaction of a call: of its subscriber's context, or else of the thread on which it was made. */
    default @Nullable CurrentTransaction ofCall(@Nullable Subscribed subscribed) {
        if (subscribed == null) {
            return current();
        }
        CurrentTransaction ofContext = current(subscribed);
        return ofContext == null ? subscribed.outer().apply(this) : ofContext;
    }
}

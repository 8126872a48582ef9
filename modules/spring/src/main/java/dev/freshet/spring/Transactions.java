package dev.freshet.spring;

import org.jspecify.annotations.Nullable;

/** Knows in which transaction a caller is. Without spring-tx nobody is in one. */
@FunctionalInterface
interface Transactions {

    /** There are none. */
    Transactions NONE = () -> null;

    /** Returns the transaction of the calling thread; null if it is in none. */
    @Nullable
    CurrentTransaction current();
}

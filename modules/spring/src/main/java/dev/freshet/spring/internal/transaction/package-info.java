/**
 * Transactions of Spring's managers, as caches take part in them: what is evicted waits for the commit, what is loaded too, and what was
 * suspended is known.
 */
@NullMarked
package dev.freshet.spring.internal.transaction;

import org.jspecify.annotations.NullMarked;

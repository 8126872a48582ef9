/** The store under its fences: leases are handed out and honoured here. {@link CoherentStore} holds the proof. */
@NullMarked
package dev.freshet.cache.internal.store;

import org.jspecify.annotations.NullMarked;

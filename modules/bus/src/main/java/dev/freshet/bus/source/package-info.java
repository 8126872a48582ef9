/** For sources of changes: Redis' keyspace notifications, and a store for checkpoints. */
@NullMarked
package dev.freshet.bus.source;

import org.jspecify.annotations.NullMarked;

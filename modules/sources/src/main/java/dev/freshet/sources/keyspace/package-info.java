/** The source of kind {@code redis-keyspace}: Redis' events about keys that expire, are evicted, deleted or written. */
@NullMarked
package dev.freshet.sources.keyspace;

import org.jspecify.annotations.NullMarked;

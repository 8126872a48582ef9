/** Redis' keyspace events as a source: keys that expire, are evicted, deleted or written. */
@NullMarked
package dev.freshet.sources.keyspace;

import org.jspecify.annotations.NullMarked;

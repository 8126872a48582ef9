/** The sources that listen to Redis: to its keyspace events, its tracking of keys, and to channels of applications. */
@NullMarked
package dev.freshet.sources.redis;

import org.jspecify.annotations.NullMarked;

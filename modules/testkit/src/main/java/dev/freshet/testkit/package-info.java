/**
 * Tools for tests of coherent caches: a real Redis that a test can start, kill and freeze, a network that fails on command, and a clock
 * moved by hand.
 *
 * <p>The system property {@code freshet.test.redis} chooses the Redis once per JVM; see {@link dev.freshet.testkit.RedisServer}.
 */
@NullMarked
package dev.freshet.testkit;

import org.jspecify.annotations.NullMarked;

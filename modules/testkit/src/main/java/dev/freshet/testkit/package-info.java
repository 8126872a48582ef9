/**
 * What tests of a cache that must stay coherent need: a real Redis to start, kill, freeze and bring back, a network in
 * between that fails on command, and a clock that moves by hand.
 *
 * <p>Which Redis the tests run on is decided once a JVM by the system property {@code freshet.test.redis}; see
 * {@link dev.freshet.testkit.RedisServer}.
 */
@NullMarked
package dev.freshet.testkit;

import org.jspecify.annotations.NullMarked;

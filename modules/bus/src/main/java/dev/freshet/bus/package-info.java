/**
 * The protocol: batch, append, subscribe, replay, confirm. The only place that knows Jedis.
 *
 * <p>A Java application publishes through {@link dev.freshet.bus.Publisher} and follows regions through {@link
 * dev.freshet.bus.Subscriber}; both report what they do through small interfaces of their own, so that no metrics library
 * is needed here. Read in this order: {@link dev.freshet.bus.Publisher}, {@code RedisPublisher} and {@code Appender} for
 * the way in; {@link dev.freshet.bus.Subscriber}, {@code NodeLink} and {@code RegionStateMachine} for the way out.
 */
@NullMarked
package dev.freshet.bus;

import org.jspecify.annotations.NullMarked;

/**
 * The protocol: append, subscribe, replay, confirm. The only module that knows Jedis.
 *
 * <p>A Java application publishes through {@link dev.freshet.bus.Publisher} and follows regions through {@link
 * dev.freshet.bus.Subscriber}. Both report what they do through small interfaces of their own, so this module needs no metrics
 * library. To read the code, begin with {@code internal.append.Appender} for the way in, and with {@code
 * internal.follow.RegionFeed} for the way out.
 */
@NullMarked
package dev.freshet.bus;

import org.jspecify.annotations.NullMarked;

/**
 * The way out: receive, decode, order, evict, record. {@link RegionFeed} is the line. {@link NodeSubscription} receives, {@link
 * RegionStateMachine} decides, {@link Heartbeats} confirm, {@link LogPages} fill gaps.
 */
@NullMarked
package dev.freshet.bus.internal.follow;

import org.jspecify.annotations.NullMarked;

/**
 * The way out: receive, order, apply. {@link NodeLink} receives, {@link RegionStateMachine} decides, {@link RegionFeed} applies.
 */
@NullMarked
package dev.freshet.bus.internal.follow;

import org.jspecify.annotations.NullMarked;

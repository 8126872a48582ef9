/** The calls of the Redis tier, pipelined on a connection of their own. */
@NullMarked
package dev.freshet.bus.internal.tier;

import org.jspecify.annotations.NullMarked;

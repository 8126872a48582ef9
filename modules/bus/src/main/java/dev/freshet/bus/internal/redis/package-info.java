/** Redis as every station uses it: connections, topologies, scripts, clock, guards, errors. */
@NullMarked
package dev.freshet.bus.internal.redis;

import org.jspecify.annotations.NullMarked;

/**
 * The coherent cache: leases, tags, broad invalidations. The only place that knows Caffeine.
 *
 * <p>An application uses {@link dev.freshet.cache.RegionCache}; {@code Subscriber.subscribe} takes it as the reader of its
 * region. Read in this order: {@link dev.freshet.cache.RegionCache} for what is promised, {@code CoherentStore} for why it
 * holds, {@code Fences} for tags, prefixes and all, {@code Sweeper} for what frees the memory behind.
 */
@NullMarked
package dev.freshet.cache;

import org.jspecify.annotations.NullMarked;

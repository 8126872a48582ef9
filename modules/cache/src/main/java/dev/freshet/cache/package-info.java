/**
 * The coherent cache: leases, tags, broad invalidations. The only module that knows Caffeine.
 *
 * <p>An application uses {@link dev.freshet.cache.RegionCache}, and passes it to {@code Subscriber.connect} as the reader of
 * its region. Read in this order: {@link dev.freshet.cache.RegionCache} for what is promised; {@code RegionReads}, {@code
 * RegionStores} and {@code RegionInvalidations} for the three ways through the cache; {@code CoherentStore} for the proof;
 * {@code Fences} for tags, prefixes and all; {@code Sweeper} for what frees memory.
 */
@NullMarked
package dev.freshet.cache;

import org.jspecify.annotations.NullMarked;

/** A region's cache as users see it: the ways of a read, of a store and of an invalidation, each through its stations. */
@NullMarked
package dev.freshet.cache.internal.region;

import org.jspecify.annotations.NullMarked;

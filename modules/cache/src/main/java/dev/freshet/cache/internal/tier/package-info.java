/** The Redis tier as a region uses it. */
@NullMarked
package dev.freshet.cache.internal.tier;

import org.jspecify.annotations.NullMarked;

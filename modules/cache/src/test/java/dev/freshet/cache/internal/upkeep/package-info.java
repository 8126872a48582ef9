/** Tests of what works beside a cache's callers. */
@NullMarked
package dev.freshet.cache.internal.upkeep;

import org.jspecify.annotations.NullMarked;

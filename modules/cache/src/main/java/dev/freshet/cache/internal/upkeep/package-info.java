/** What runs behind: sweeping, delayed second invalidations, and the threads for both. */
@NullMarked
package dev.freshet.cache.internal.upkeep;

import org.jspecify.annotations.NullMarked;

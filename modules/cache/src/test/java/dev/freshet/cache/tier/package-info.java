/** The Redis tier and the ways to write, on a real Redis. */
@NullMarked
package dev.freshet.cache.tier;

import org.jspecify.annotations.NullMarked;

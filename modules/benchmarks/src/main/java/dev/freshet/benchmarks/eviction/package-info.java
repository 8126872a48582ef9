/** How often a cache has what is asked for: the policies of Redis and Caffeine's, on the same traces. */
@NullMarked
package dev.freshet.benchmarks.eviction;

import org.jspecify.annotations.NullMarked;

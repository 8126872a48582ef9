/** Hit rates of Redis's eviction policies and of Caffeine on the same traces. */
@NullMarked
package dev.freshet.benchmarks.eviction;

import org.jspecify.annotations.NullMarked;

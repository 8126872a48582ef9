@NullMarked
package dev.freshet.benchmarks.eviction;

import org.jspecify.annotations.NullMarked;

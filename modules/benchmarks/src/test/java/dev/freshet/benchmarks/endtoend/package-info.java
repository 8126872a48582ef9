/** Checks that the benchmark works. Asserts no time. */
@NullMarked
package dev.freshet.benchmarks.endtoend;

import org.jspecify.annotations.NullMarked;

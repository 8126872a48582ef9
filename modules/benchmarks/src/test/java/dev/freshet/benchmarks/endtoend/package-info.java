/** Whether the benchmark works; never how fast anything is. */
@NullMarked
package dev.freshet.benchmarks.endtoend;

import org.jspecify.annotations.NullMarked;

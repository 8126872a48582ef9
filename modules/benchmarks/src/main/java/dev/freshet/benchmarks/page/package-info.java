/** Writes {@code docs/PERFORMANCE.md}: what was measured, beside the goals. */
@NullMarked
package dev.freshet.benchmarks.page;

import org.jspecify.annotations.NullMarked;

/** Measured figures, as JSON, Markdown tables and charts. */
@NullMarked
package dev.freshet.benchmarks.report;

import org.jspecify.annotations.NullMarked;

/** What was measured, as JSON, as Markdown tables and as plots. */
@NullMarked
package dev.freshet.benchmarks.report;

import org.jspecify.annotations.NullMarked;

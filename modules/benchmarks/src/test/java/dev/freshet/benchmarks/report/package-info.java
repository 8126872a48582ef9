/** Tests of figures and reports. */
@NullMarked
package dev.freshet.benchmarks.report;

import org.jspecify.annotations.NullMarked;

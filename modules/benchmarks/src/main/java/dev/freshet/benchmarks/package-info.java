/** Measures Freshet beside the floor that Redis sets and beside other libraries, in one run. */
@NullMarked
package dev.freshet.benchmarks;

import org.jspecify.annotations.NullMarked;

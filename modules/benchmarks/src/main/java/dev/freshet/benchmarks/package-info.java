/** Measures Freshet in one run with the floor that Redis sets and with other libraries. */
@NullMarked
package dev.freshet.benchmarks;

import org.jspecify.annotations.NullMarked;

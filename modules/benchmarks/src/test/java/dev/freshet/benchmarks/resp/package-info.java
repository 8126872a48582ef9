/** Shows that the measurements of the RESP port work. */
@NullMarked
package dev.freshet.benchmarks.resp;

import org.jspecify.annotations.NullMarked;

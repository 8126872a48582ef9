/** The cost of doing nothing: memory per entry, an idle subscriber, its start. */
@NullMarked
package dev.freshet.benchmarks.footprint;

import org.jspecify.annotations.NullMarked;

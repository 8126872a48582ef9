/** What Freshet takes while it does nothing: memory an entry, an idle subscriber, its start. */
@NullMarked
package dev.freshet.benchmarks.footprint;

import org.jspecify.annotations.NullMarked;

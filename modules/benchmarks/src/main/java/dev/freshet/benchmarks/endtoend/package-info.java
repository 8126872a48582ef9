/** The end-to-end benchmark: how long entries stay stale, and how many keys per second can be invalidated. */
@NullMarked
package dev.freshet.benchmarks.endtoend;

import org.jspecify.annotations.NullMarked;

/** Real processes, a real Redis, and faults between them, under the eyes of a checker that knows every truth. */
@NullMarked
package dev.freshet.e2e.faults;

import org.jspecify.annotations.NullMarked;

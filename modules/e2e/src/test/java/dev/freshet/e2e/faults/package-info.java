/** Real processes, a real Redis, and faults between them. A checker that knows the source checks every answer. */
@NullMarked
package dev.freshet.e2e.faults;

import org.jspecify.annotations.NullMarked;

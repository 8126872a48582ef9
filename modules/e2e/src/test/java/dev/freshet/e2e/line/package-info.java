/** The whole line, from a change to its evictions, through real processes and a real Redis. */
@NullMarked
package dev.freshet.e2e.line;

import org.jspecify.annotations.NullMarked;

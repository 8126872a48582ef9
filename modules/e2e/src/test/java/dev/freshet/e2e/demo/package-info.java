/** The demo as a user runs it: {@code ./freshet demo} as a process. */
@NullMarked
package dev.freshet.e2e.demo;

import org.jspecify.annotations.NullMarked;

/** The console in a real browser. */
@NullMarked
package dev.freshet.e2e.console;

import org.jspecify.annotations.NullMarked;

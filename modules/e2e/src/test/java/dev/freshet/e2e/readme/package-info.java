/** Runs the commands that the README gives. */
@NullMarked
package dev.freshet.e2e.readme;

import org.jspecify.annotations.NullMarked;

/** The script {@code ./freshet}: what it answers itself, and what it builds. */
@NullMarked
package dev.freshet.e2e.launcher;

import org.jspecify.annotations.NullMarked;

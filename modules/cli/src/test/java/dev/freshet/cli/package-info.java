/** The commands, in this process: command lines without a Redis, and on a real one. */
@NullMarked
package dev.freshet.cli;

import org.jspecify.annotations.NullMarked;

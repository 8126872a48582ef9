/** Tests of the commands, in this process: without a Redis and on a real one. */
@NullMarked
package dev.freshet.cli;

import org.jspecify.annotations.NullMarked;

/** The local stack: its processes, the supervisor that restarts them, and the watch that stops them if this process dies. */
@NullMarked
package dev.freshet.demo.stack;

import org.jspecify.annotations.NullMarked;

/** The local stack: the processes, the supervisor that starts them again, and the watch that stops them when this process dies. */
@NullMarked
package dev.freshet.demo.stack;

import org.jspecify.annotations.NullMarked;

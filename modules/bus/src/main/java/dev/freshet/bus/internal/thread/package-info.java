/** Threads of ours and what waits on them: futures, timeouts, callbacks of users that can never hold up a thread of ours. */
@NullMarked
package dev.freshet.bus.internal.thread;

import org.jspecify.annotations.NullMarked;

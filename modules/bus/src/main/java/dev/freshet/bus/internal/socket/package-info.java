/** Sockets whose waits, answers and TLS are bounded, whatever the other end does. */
@NullMarked
package dev.freshet.bus.internal.socket;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.freshet.bus.internal.thread;

import org.jspecify.annotations.NullMarked;

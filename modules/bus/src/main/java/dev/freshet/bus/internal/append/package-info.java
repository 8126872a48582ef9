/** The way in: accept, pack, encode, append, answer. {@link Appender} is the line, top to bottom. */
@NullMarked
package dev.freshet.bus.internal.append;

import org.jspecify.annotations.NullMarked;

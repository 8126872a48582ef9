/**
 * The application that takes changes in over HTTP and appends them: accept, batch, encode, append, answer. {@link
 * dev.freshet.publisher.http.InvalidationsHandler#handle} is that line; {@code modules/bus} does the middle of it.
 */
@NullMarked
package dev.freshet.publisher;

import org.jspecify.annotations.NullMarked;

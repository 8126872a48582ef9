/**
 * The publisher: takes changes in over HTTP and appends them to the logs of their regions.
 *
 * <p>Begin to read at {@link dev.freshet.publisher.http.InvalidationsHandler}, which accepts, parses, publishes and answers. The bus
 * ({@code modules/bus}) batches, encodes and appends.
 */
@NullMarked
package dev.freshet.publisher;

import org.jspecify.annotations.NullMarked;

/**
 * HTTP: requests in, positions or problems out. Begin at {@link dev.freshet.publisher.http.InvalidationsHandler}.
 */
@NullMarked
package dev.freshet.publisher.http;

import org.jspecify.annotations.NullMarked;

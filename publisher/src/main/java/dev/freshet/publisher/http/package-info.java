/** The HTTP face: requests in, positions or problems out. */
@NullMarked
package dev.freshet.publisher.http;

import org.jspecify.annotations.NullMarked;

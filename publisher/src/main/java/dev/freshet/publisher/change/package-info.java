/** A change as JSON, read into an invalidation. */
@NullMarked
package dev.freshet.publisher.change;

import org.jspecify.annotations.NullMarked;

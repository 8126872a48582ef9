/** Reads changes from JSON. Begin at {@link dev.freshet.publisher.change.ChangeParser}. */
@NullMarked
package dev.freshet.publisher.change;

import org.jspecify.annotations.NullMarked;

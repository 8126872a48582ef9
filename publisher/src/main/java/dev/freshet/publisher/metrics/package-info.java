/** The metrics of the publisher. */
@NullMarked
package dev.freshet.publisher.metrics;

import org.jspecify.annotations.NullMarked;

/** What the publisher counts. */
@NullMarked
package dev.freshet.publisher.metrics;

import org.jspecify.annotations.NullMarked;

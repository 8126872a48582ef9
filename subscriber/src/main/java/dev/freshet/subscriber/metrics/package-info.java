/** What the subscriber counts and measures, under the names that docs/METRICS.md explains. */
@NullMarked
package dev.freshet.subscriber.metrics;

import org.jspecify.annotations.NullMarked;

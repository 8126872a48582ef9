/** The subscriber's metrics. docs/METRICS.md explains them. */
@NullMarked
package dev.freshet.subscriber.metrics;

import org.jspecify.annotations.NullMarked;

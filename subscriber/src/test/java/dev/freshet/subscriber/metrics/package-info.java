@NullMarked
package dev.freshet.subscriber.metrics;

import org.jspecify.annotations.NullMarked;

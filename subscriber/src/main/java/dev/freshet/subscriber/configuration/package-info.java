/** The subscriber's settings: names, defaults, bounds. */
@NullMarked
package dev.freshet.subscriber.configuration;

import org.jspecify.annotations.NullMarked;

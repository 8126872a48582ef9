/** A region as this process serves it: its settings, its cache and its subscription. */
@NullMarked
package dev.freshet.subscriber.region;

import org.jspecify.annotations.NullMarked;

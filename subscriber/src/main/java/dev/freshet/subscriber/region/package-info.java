/** The regions that this process serves: settings, cache and subscription of each. */
@NullMarked
package dev.freshet.subscriber.region;

import org.jspecify.annotations.NullMarked;

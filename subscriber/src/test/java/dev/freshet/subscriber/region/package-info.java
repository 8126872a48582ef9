@NullMarked
package dev.freshet.subscriber.region;

import org.jspecify.annotations.NullMarked;

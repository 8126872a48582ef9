/** The sidecar: holds the caches for one replica of an application and keeps them coherent. */
@NullMarked
package dev.freshet.subscriber;

import org.jspecify.annotations.NullMarked;

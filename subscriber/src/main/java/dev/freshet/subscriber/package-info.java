/** The sidecar: holds the caches of one replica of an application, and keeps them coherent. */
@NullMarked
package dev.freshet.subscriber;

import org.jspecify.annotations.NullMarked;

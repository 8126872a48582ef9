/** One load a key: callers share it, wait for it, refresh it. */
@NullMarked
package dev.freshet.cache.internal.load;

import org.jspecify.annotations.NullMarked;

/** What a user of the cache sees, one thread at a time, on a clock moved by hand. */
@NullMarked
package dev.freshet.cache.behaviour;

import org.jspecify.annotations.NullMarked;

/** The RESP port: any Redis client reads through the caches of a subscriber. */
@NullMarked
package dev.freshet.resp;

import org.jspecify.annotations.NullMarked;

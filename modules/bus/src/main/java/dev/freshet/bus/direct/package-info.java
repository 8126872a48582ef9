/** For programs that speak to Redis themselves: which server to connect to, and how to get in there. */
@NullMarked
package dev.freshet.bus.direct;

import org.jspecify.annotations.NullMarked;

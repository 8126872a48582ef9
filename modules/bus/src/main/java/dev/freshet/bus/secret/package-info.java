/** For programs that listen: read certificates, keys and tokens from files, with the checks and errors of connections to Redis. */
@NullMarked
package dev.freshet.bus.secret;

import org.jspecify.annotations.NullMarked;

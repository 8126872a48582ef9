/** The way to Redis: which server is the master, and a connection to it. */
@NullMarked
package dev.freshet.resp.upstream;

import org.jspecify.annotations.NullMarked;

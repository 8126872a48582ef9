/** What commands ask: the Redis of a deployment, or one of its publishers over HTTP. */
@NullMarked
package dev.freshet.cli.connection;

import org.jspecify.annotations.NullMarked;

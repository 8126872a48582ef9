/** The port: listens, and puts the parts together. */
@NullMarked
package dev.freshet.resp.server;

import org.jspecify.annotations.NullMarked;

/** Ports: what every one of them does for its connections, before a request reaches the application. */
@NullMarked
package dev.freshet.service.port;

import org.jspecify.annotations.NullMarked;

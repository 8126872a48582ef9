/**
 * What both Vert.x applications share: configuration, problem answers, the management server, start and stop. It depends on
 * neither the bus nor the cache. The applications share nothing else.
 *
 * <p>Begin to read at {@link dev.freshet.service.Launcher}.
 */
@NullMarked
package dev.freshet.service;

import org.jspecify.annotations.NullMarked;

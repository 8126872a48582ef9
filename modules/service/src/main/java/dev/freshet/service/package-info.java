/**
 * What both Vert.x applications share: configuration, problem answers, the management server, start and stop. It knows
 * neither the bus nor the cache, and the applications meet only here.
 *
 * <p>{@link dev.freshet.service.Launcher} is where a reader begins.
 */
@NullMarked
package dev.freshet.service;

import org.jspecify.annotations.NullMarked;

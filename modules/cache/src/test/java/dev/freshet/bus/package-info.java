/** Lets the simulation, which knows the cache, drive the bus's own classes, which only their package knows. */
@NullMarked
package dev.freshet.bus;

import org.jspecify.annotations.NullMarked;

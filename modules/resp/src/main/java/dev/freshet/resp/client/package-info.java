/** A connection of a client: its commands in order, answered here or passed on, and its answers in the same order. */
@NullMarked
package dev.freshet.resp.client;

import org.jspecify.annotations.NullMarked;

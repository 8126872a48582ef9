/**
 * The message schema: what an invalidation is, how a record is written, how Redis names are made.
 *
 * <p>Everything here is immutable, free of I/O and safe to use from any thread. {@code docs/PROTOCOL.md} says the same
 * for readers in other languages.
 */
@NullMarked
package dev.freshet.schema;

import org.jspecify.annotations.NullMarked;

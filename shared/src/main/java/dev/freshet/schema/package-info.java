/**
 * The message schema: what an invalidation is, how a record is written, how Redis names are made.
 *
 * <p>Everything here is immutable, does no I/O and is safe to use from any thread. {@code docs/PROTOCOL.md} describes the schema
 * for readers in other languages.
 */
@NullMarked
package dev.freshet.schema;

import org.jspecify.annotations.NullMarked;

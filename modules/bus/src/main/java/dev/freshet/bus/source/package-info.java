/** What sources of changes need of Redis: keyspace notifications, and a place to keep checkpoints. */
@NullMarked
package dev.freshet.bus.source;

import org.jspecify.annotations.NullMarked;

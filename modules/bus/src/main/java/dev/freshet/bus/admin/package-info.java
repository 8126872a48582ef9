/** For operators' tools: read logs, inspect servers, check permissions. */
@NullMarked
package dev.freshet.bus.admin;

import org.jspecify.annotations.NullMarked;

/** What operators' tools need of Redis: reading logs, inspecting servers, probing rights. */
@NullMarked
package dev.freshet.bus.admin;

import org.jspecify.annotations.NullMarked;

/** The transactional outbox: a table that an application writes in its own transaction, and that the publisher reads. */
@NullMarked
package dev.freshet.sources.outbox;

import org.jspecify.annotations.NullMarked;

/** Reads databases' own logs with Debezium's embedded engine: every committed change, made by any tool. */
@NullMarked
package dev.freshet.sources.debezium;

import org.jspecify.annotations.NullMarked;

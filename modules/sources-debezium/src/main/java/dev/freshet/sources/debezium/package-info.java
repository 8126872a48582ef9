/** Databases' own logs, by Debezium's embedded engine: every committed change of any tool. */
@NullMarked
package dev.freshet.sources.debezium;

import org.jspecify.annotations.NullMarked;

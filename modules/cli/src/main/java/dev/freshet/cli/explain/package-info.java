/** What {@code freshet explain} reads: a row as a JSON object. */
@NullMarked
package dev.freshet.cli.explain;

import org.jspecify.annotations.NullMarked;

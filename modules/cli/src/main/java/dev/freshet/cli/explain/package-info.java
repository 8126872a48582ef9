/** What {@code freshet explain} answers: which rule makes what of a changed row. */
@NullMarked
package dev.freshet.cli.explain;

import org.jspecify.annotations.NullMarked;

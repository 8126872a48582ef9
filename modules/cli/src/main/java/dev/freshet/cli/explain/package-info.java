/** The answer of {@code freshet explain}: what each rule makes of a changed row. */
@NullMarked
package dev.freshet.cli.explain;

import org.jspecify.annotations.NullMarked;

/** Changes from a real database, through real processes. */
@NullMarked
package dev.freshet.e2e.sources;

import org.jspecify.annotations.NullMarked;

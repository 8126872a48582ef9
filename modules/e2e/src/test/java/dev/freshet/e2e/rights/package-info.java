/** Real processes whose ports know their callers. */
@NullMarked
package dev.freshet.e2e.rights;

import org.jspecify.annotations.NullMarked;

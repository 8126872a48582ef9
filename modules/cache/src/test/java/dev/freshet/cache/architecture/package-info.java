/** Who may know whom. */
@NullMarked
package dev.freshet.cache.architecture;

import org.jspecify.annotations.NullMarked;

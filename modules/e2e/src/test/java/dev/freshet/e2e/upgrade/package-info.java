/** Older versions beside this one. */
@NullMarked
package dev.freshet.e2e.upgrade;

import org.jspecify.annotations.NullMarked;

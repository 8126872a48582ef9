/** The rules of this repository: which module and which package may know which. */
@NullMarked
package dev.freshet.e2e.house;

import org.jspecify.annotations.NullMarked;

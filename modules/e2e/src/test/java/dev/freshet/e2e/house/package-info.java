/** The house's own rules: who may know whom. */
@NullMarked
package dev.freshet.e2e.house;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.freshet.testkit.fuzz;

import org.jspecify.annotations.NullMarked;

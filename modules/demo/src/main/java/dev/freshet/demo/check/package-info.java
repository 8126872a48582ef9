/** The read and write mix, and the checker that knows the truth about every answer. */
@NullMarked
package dev.freshet.demo.check;

import org.jspecify.annotations.NullMarked;

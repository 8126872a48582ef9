/** The load of reads and writes, and the checker that knows the true version behind every answer. */
@NullMarked
package dev.freshet.demo.check;

import org.jspecify.annotations.NullMarked;

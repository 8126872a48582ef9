/** The load of reads and writes, and what the replicas answer. */
@NullMarked
package dev.freshet.demo.load;

import org.jspecify.annotations.NullMarked;

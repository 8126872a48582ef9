/** Both applications under much traffic, many connections, and a Redis that does not answer: do memory, descriptors and threads stay flat? */
@NullMarked
package dev.freshet.benchmarks.load;

import org.jspecify.annotations.NullMarked;

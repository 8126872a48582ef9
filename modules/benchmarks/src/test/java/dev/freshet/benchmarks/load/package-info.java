@NullMarked
package dev.freshet.benchmarks.load;

import org.jspecify.annotations.NullMarked;

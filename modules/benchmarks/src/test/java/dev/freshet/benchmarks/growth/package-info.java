@NullMarked
package dev.freshet.benchmarks.growth;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.freshet.benchmarks.inner;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.freshet.benchmarks.footprint;

import org.jspecify.annotations.NullMarked;

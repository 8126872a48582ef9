@NullMarked
package dev.freshet.benchmarks.page;

import org.jspecify.annotations.NullMarked;

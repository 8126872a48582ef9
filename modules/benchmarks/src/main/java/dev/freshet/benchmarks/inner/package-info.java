/** JMH for the inner parts: the codec, and what a cache does. */
@NullMarked
package dev.freshet.benchmarks.inner;

import org.jspecify.annotations.NullMarked;

/** JMH benchmarks of the inner parts: the codec and the cache. */
@NullMarked
package dev.freshet.benchmarks.inner;

import org.jspecify.annotations.NullMarked;

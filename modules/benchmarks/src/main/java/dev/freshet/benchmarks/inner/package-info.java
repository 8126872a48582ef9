/** JMH for the inner parts: {@code java -cp freshet-benchmarks.jar org.openjdk.jmh.Main}. */
@NullMarked
package dev.freshet.benchmarks.inner;

import org.jspecify.annotations.NullMarked;

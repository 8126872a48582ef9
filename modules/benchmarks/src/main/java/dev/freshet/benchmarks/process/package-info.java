/** The processes that a measurement needs: Redis, the publisher, a subscriber. */
@NullMarked
package dev.freshet.benchmarks.process;

import org.jspecify.annotations.NullMarked;

/** The processes that are measured or needed: Redis, the publisher, a subscriber. */
@NullMarked
package dev.freshet.benchmarks.process;

import org.jspecify.annotations.NullMarked;

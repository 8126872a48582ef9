/** Measures the RESP port beside Redis itself, and beside the caches in clients of Redis. */
@NullMarked
package dev.freshet.benchmarks.resp;

import org.jspecify.annotations.NullMarked;

/** Measures the time from a commit in PostgreSQL to an eviction: Freshet's sources beside a slot that is polled by hand. */
@NullMarked
package dev.freshet.benchmarks.source;

import org.jspecify.annotations.NullMarked;

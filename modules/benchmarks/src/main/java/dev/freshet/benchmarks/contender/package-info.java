/** The ways to keep four caches coherent that are compared, each as its own documentation would have it. */
@NullMarked
package dev.freshet.benchmarks.contender;

import org.jspecify.annotations.NullMarked;

/** The compared ways to keep four caches coherent, each configured as its own documentation says. */
@NullMarked
package dev.freshet.benchmarks.contender;

import org.jspecify.annotations.NullMarked;

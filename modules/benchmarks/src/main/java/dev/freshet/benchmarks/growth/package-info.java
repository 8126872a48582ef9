/** How costs grow with subscribers, regions, entries, keys per change, outstanding broad invalidations and load. */
@NullMarked
package dev.freshet.benchmarks.growth;

import org.jspecify.annotations.NullMarked;

/** What happens when there is more of something: subscribers, regions, entries, keys a batch, broad invalidations, load. */
@NullMarked
package dev.freshet.benchmarks.growth;

import org.jspecify.annotations.NullMarked;

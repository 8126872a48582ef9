/**
 * Changes from where they happen: sources that read a database, and publish what its changes invalidate.
 *
 * <p>A {@link dev.freshet.sources.Source} reads in its own thread, which a {@link dev.freshet.sources.SourceRunner} starts
 * anew whenever it fails. What it has read it forgets only when the publisher has acknowledged it.
 */
@NullMarked
package dev.freshet.sources;

import org.jspecify.annotations.NullMarked;

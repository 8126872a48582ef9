/**
 * Sources: they read changes where they happen (a database, Redis) and publish what these invalidate.
 *
 * <p>A {@link dev.freshet.sources.SourceRunner} runs each {@link dev.freshet.sources.Source} in its own thread and restarts
 * it after a failure. A source moves its offset only after the publisher has acknowledged the changes.
 */
@NullMarked
package dev.freshet.sources;

import org.jspecify.annotations.NullMarked;

/**
 * Spans of changes: accepted by a publisher, appended to the log, delivered to each replica, evicted there. {@link
 * dev.freshet.tracing.FreshetTracing} has all of it.
 */
@NullMarked
package dev.freshet.tracing;

import org.jspecify.annotations.NullMarked;

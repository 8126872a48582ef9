/**
 * Where spans go: to an OTLP receiver, if one is configured. Otherwise none of the tracing library's classes are loaded. Begin to read at {@link
 * dev.freshet.service.trace.SpanExport}.
 */
@NullMarked
package dev.freshet.service.trace;

import org.jspecify.annotations.NullMarked;

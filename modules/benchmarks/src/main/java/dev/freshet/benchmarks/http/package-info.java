/** A hit over the subscriber's HTTP API, beside a server on the same Vert.x that sends a constant response. */
@NullMarked
package dev.freshet.benchmarks.http;

import org.jspecify.annotations.NullMarked;

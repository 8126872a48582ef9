/** A hit over the subscriber's HTTP API, beside a server of the same Vert.x that answers a constant. */
@NullMarked
package dev.freshet.benchmarks.http;

import org.jspecify.annotations.NullMarked;

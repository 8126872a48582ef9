/** All interleavings that Lincheck explores, against a sequential specification. */
@NullMarked
package dev.freshet.cache.lincheck;

import org.jspecify.annotations.NullMarked;

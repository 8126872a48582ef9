/** All interleavings that Lincheck explores, against a sequential specification. */
@NullMarked
package dev.freshet.proofs.lincheck;

import org.jspecify.annotations.NullMarked;

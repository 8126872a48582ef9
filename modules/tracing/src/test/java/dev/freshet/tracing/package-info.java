@NullMarked
package dev.freshet.tracing;

import org.jspecify.annotations.NullMarked;

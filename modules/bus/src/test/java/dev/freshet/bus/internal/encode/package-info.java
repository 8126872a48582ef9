@NullMarked
package dev.freshet.bus.internal.encode;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.freshet.bus.internal.append;

import org.jspecify.annotations.NullMarked;

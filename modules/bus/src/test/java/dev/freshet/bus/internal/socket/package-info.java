@NullMarked
package dev.freshet.bus.internal.socket;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.freshet.bus.source;

import org.jspecify.annotations.NullMarked;

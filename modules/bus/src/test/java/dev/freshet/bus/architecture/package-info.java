@NullMarked
package dev.freshet.bus.architecture;

import org.jspecify.annotations.NullMarked;

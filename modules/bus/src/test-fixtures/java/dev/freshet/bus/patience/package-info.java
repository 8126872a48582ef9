@NullMarked
package dev.freshet.bus.patience;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.freshet.bus.faults;

import org.jspecify.annotations.NullMarked;

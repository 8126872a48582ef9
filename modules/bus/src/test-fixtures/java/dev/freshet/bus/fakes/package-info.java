@NullMarked
package dev.freshet.bus.fakes;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.freshet.bus;

import org.jspecify.annotations.NullMarked;

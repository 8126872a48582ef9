@NullMarked
package dev.freshet.bus.tier;

import org.jspecify.annotations.NullMarked;

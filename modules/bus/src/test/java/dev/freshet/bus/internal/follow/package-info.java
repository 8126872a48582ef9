@NullMarked
package dev.freshet.bus.internal.follow;

import org.jspecify.annotations.NullMarked;

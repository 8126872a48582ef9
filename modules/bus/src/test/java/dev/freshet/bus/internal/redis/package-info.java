@NullMarked
package dev.freshet.bus.internal.redis;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.freshet.bus.internal.retransmit;

import org.jspecify.annotations.NullMarked;

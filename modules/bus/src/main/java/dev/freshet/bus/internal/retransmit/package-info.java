/** What was acknowledged lately and a failover may have lost: it is kept, and appended again. */
@NullMarked
package dev.freshet.bus.internal.retransmit;

import org.jspecify.annotations.NullMarked;

/** Changes become records, and records become script calls: what an append is made of, before it is sent. */
@NullMarked
package dev.freshet.bus.internal.encode;

import org.jspecify.annotations.NullMarked;

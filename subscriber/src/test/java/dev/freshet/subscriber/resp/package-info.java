/** The RESP port, through real clients, against a real Redis. */
@NullMarked
package dev.freshet.subscriber.resp;

import org.jspecify.annotations.NullMarked;

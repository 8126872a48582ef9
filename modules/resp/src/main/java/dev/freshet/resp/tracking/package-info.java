/** The one connection that hears from Redis which keys changed, and on which all copies are fetched. */
@NullMarked
package dev.freshet.resp.tracking;

import org.jspecify.annotations.NullMarked;

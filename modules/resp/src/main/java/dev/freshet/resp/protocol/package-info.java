/** The bytes: where a command or an answer begins and ends, and what stands in it. */
@NullMarked
package dev.freshet.resp.protocol;

import org.jspecify.annotations.NullMarked;

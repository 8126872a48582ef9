/** What a command may do to keys, and to its connection. */
@NullMarked
package dev.freshet.resp.commands;

import org.jspecify.annotations.NullMarked;

/**
 * The console: a page for operators on a port of its own, and the stream that feeds it. It looks at Redis over connections and threads of its
 * own, and only while somebody watches.
 *
 * <p>Begin to read at {@link dev.freshet.publisher.console.Console}.
 */
@NullMarked
package dev.freshet.publisher.console;

import org.jspecify.annotations.NullMarked;

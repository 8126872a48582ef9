/** What the demo shows: metrics read from the subscribers, the table, the summary. */
@NullMarked
package dev.freshet.demo.show;

import org.jspecify.annotations.NullMarked;

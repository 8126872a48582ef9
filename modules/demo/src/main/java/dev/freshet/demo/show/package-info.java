/** The display of the demo: the subscribers' metrics, the table, the summary. */
@NullMarked
package dev.freshet.demo.show;

import org.jspecify.annotations.NullMarked;

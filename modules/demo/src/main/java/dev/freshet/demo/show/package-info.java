/** What the demo prints, and the keys that it hears. */
@NullMarked
package dev.freshet.demo.show;

import org.jspecify.annotations.NullMarked;

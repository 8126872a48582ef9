@NullMarked
package dev.freshet.demo.load;

import org.jspecify.annotations.NullMarked;

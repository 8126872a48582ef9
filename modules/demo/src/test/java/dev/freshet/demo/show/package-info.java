@NullMarked
package dev.freshet.demo.show;

import org.jspecify.annotations.NullMarked;

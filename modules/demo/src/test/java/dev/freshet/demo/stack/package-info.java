@NullMarked
package dev.freshet.demo.stack;

import org.jspecify.annotations.NullMarked;

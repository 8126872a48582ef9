@NullMarked
package dev.freshet.demo.check;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.freshet.demo;

import org.jspecify.annotations.NullMarked;

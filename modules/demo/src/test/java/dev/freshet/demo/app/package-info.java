@NullMarked
package dev.freshet.demo.app;

import org.jspecify.annotations.NullMarked;

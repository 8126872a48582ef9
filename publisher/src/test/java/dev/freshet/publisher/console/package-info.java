@NullMarked
package dev.freshet.publisher.console;

import org.jspecify.annotations.NullMarked;

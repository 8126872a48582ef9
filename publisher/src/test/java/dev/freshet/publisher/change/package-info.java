@NullMarked
package dev.freshet.publisher.change;

import org.jspecify.annotations.NullMarked;

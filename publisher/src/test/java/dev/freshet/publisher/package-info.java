@NullMarked
package dev.freshet.publisher;

import org.jspecify.annotations.NullMarked;

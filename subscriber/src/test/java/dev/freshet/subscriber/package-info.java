@NullMarked
package dev.freshet.subscriber;

import org.jspecify.annotations.NullMarked;

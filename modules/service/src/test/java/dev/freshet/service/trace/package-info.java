@NullMarked
package dev.freshet.service.trace;

import org.jspecify.annotations.NullMarked;

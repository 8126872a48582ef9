@NullMarked
package dev.freshet.service.log;

import org.jspecify.annotations.NullMarked;

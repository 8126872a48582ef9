@NullMarked
package dev.freshet.service.port;

import org.jspecify.annotations.NullMarked;

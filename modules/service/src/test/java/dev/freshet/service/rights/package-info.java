@NullMarked
package dev.freshet.service.rights;

import org.jspecify.annotations.NullMarked;

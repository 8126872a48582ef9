@NullMarked
package dev.freshet.schema;

import org.jspecify.annotations.NullMarked;

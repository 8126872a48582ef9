@NullMarked
package dev.freshet.sources;

import org.jspecify.annotations.NullMarked;

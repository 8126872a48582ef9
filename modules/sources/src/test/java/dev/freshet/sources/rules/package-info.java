@NullMarked
package dev.freshet.sources.rules;

import org.jspecify.annotations.NullMarked;

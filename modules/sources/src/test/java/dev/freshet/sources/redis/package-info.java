@NullMarked
package dev.freshet.sources.redis;

import org.jspecify.annotations.NullMarked;

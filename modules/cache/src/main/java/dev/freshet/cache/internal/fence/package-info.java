/** What must not come back: fences of keys, tags, prefixes, versions and resets. */
@NullMarked
package dev.freshet.cache.internal.fence;

import org.jspecify.annotations.NullMarked;

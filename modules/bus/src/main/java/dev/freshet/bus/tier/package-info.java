/**
 * A second tier of values, in Redis behind the local caches, fenced by the regions' logs. Begin with {@link RedisTier}.
 */
@NullMarked
package dev.freshet.bus.tier;

import org.jspecify.annotations.NullMarked;

package dev.freshet.spring.boot;

import dev.freshet.RegionOptions;
import dev.freshet.spring.FreshetCacheOptions;

/**
 * Changes what no property of a cache changes. All beans of this type are applied, in their order, to each cache of the properties. Caches
 * that are opened when they are first used share one set of options, and are customized once, under the name {@link #DEFAULTS}.
 *
 * <pre>{@code
 * @Bean
 * FreshetCacheCustomizer usersInRedisToo(ValueCodec<Object> codec) {
 *     return new FreshetCacheCustomizer() {
 *         @Override
 *         public RegionOptions<Object> region(String cache, RegionOptions<Object> options) {
 *             return cache.equals("users") ? options.tier(codec, Duration.ofHours(1)) : options;
 *         }
 *     };
 * }
 * }</pre>
 */
public interface FreshetCacheCustomizer {

    /** The name under which the options of all caches are customized that the properties do not name. */
    String DEFAULTS = "*";

    /** Returns the options of the cache's region to go on with. */
    default RegionOptions<Object> region(String cache, RegionOptions<Object> options) {
        return options;
    }

    /** Returns the options of the cache to go on with. */
    default FreshetCacheOptions cache(String cache, FreshetCacheOptions options) {
        return options;
    }
}

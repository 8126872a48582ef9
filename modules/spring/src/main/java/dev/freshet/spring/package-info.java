/**
 * Spring's cache annotations over regions. {@link dev.freshet.spring.FreshetCacheManager} has a cache for each region; {@link
 * dev.freshet.spring.FreshetCachingConfiguration} lets every {@code @Cacheable} load run under a lease, and evictions wait for the commit.
 */
@NullMarked
package dev.freshet.spring;

import org.jspecify.annotations.NullMarked;

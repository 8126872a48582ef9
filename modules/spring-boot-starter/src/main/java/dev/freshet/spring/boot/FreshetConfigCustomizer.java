package dev.freshet.spring.boot;

import dev.freshet.FreshetConfig;

/**
 * Changes what no property changes. All beans of this type are applied, in their order, to what the properties say:
 *
 * <pre>{@code
 * @Bean
 * FreshetConfigCustomizer retention() {
 *     return config -> config.withPublisher(it -> it.withQueue(100_000));
 * }
 * }</pre>
 */
@FunctionalInterface
public interface FreshetConfigCustomizer {

    /** Returns the configuration to go on with. Called once, before anything is connected; what it throws ends the start. */
    FreshetConfig customize(FreshetConfig config);
}

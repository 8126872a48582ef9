package dev.freshet.sources;

import dev.freshet.schema.Selector;
import dev.freshet.sources.rules.KeyPattern;
import dev.freshet.sources.rules.Template;
import org.jspecify.annotations.Nullable;

/**
 * Which invalidations of a region become messages, and how these look.
 *
 * @param kind of which selectors
 * @param pattern which of their names, one message each; null for {@link Selector.Kind#ALL}
 * @param channel the message's channel
 * @param message the message; where it is JSON, values are escaped as JSON demands
 */
public record Relay(
        String region, Selector.Kind kind, @Nullable KeyPattern pattern, Template channel, Template message) {}

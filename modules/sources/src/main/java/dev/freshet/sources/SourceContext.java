package dev.freshet.sources;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.RedisConfig;

/**
 * What a source works with.
 *
 * @param publisher where changes go
 * @param reader reads what an outbox holds
 * @param listener hears what happens
 * @param redis where the publisher's Redis is
 * @param clock the source measures its database's clock with it
 */
public record SourceContext(
        Publisher publisher, ChangeReader reader, SourceListener listener, RedisConfig redis, DatabaseClock clock) {}

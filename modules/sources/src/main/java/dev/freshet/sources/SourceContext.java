package dev.freshet.sources;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.RedisConfig;
import java.util.function.Function;

/**
 * What a source needs from its process.
 *
 * @param publisher publishes the changes
 * @param reader parses the rows of an outbox
 * @param listener counts what the source does
 * @param redis the address of the publisher's Redis
 * @param clock the estimate of the database's clock; the source feeds it with samples
 * @param publishers connects another publisher, whose records bear this origin
 */
public record SourceContext(
        Publisher publisher,
        ChangeReader reader,
        SourceListener listener,
        RedisConfig redis,
        DatabaseClock clock,
        Function<String, Publisher> publishers) {}

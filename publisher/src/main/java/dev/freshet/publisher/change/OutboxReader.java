package dev.freshet.publisher.change;

import dev.freshet.publisher.configuration.PublisherSettings;
import dev.freshet.sources.ChangeReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.stream.Collectors;

/** Reads the rows of an outbox by the rules for HTTP bodies. Safe to use from any thread. */
public final class OutboxReader implements ChangeReader {

    private final ChangeParser parser;

    public OutboxReader(PublisherSettings settings) {
        parser = new ChangeParser(
                new LinkedHashSet<>(settings.regions()), settings.bus().queueMaximumInvalidations());
    }

    @Override
    public Read read(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        ParsedChange parsed = parser.parse(bytes, 0, bytes.length, false, true);
        if (parsed instanceof ParsedChange.Valid valid) {
            return new Valid(valid.region(), valid.change());
        }
        return new Invalid(((ParsedChange.Invalid) parsed)
                .faults().stream()
                        .map(fault -> fault.field() + " " + fault.fault())
                        .collect(Collectors.joining("; ")));
    }
}

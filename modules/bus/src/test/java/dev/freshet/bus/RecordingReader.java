package dev.freshet.bus;

import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Selector;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A reader that writes down what it is told, as "key k", "tag t", "prefix p", "all", "reset R" and "joined". */
class RecordingReader implements RegionReader {

    private final List<String> events = new CopyOnWriteArrayList<>();
    private volatile boolean failing;

    List<String> events() {
        return events;
    }

    List<String> resets() {
        return events.stream().filter(event -> event.startsWith("reset")).toList();
    }

    List<String> keys() {
        return events.stream()
                .filter(event -> event.startsWith("key "))
                .map(e -> e.substring(4))
                .toList();
    }

    void failOnRecords(boolean now) {
        failing = now;
    }

    @Override
    public void apply(LoggedRecord record) {
        if (failing) {
            throw new IllegalStateException("told to fail");
        }
        for (Invalidation invalidation : record.body().invalidations()) {
            Selector selector = invalidation.selector();
            if (selector instanceof Selector.Keys keys) {
                keys.keys().forEach(key -> events.add("key " + key));
            } else if (selector instanceof Selector.Tags tags) {
                tags.tags().forEach(tag -> events.add("tag " + tag));
            } else if (selector instanceof Selector.Prefixes prefixes) {
                prefixes.prefixes().forEach(prefix -> events.add("prefix " + prefix));
            } else {
                events.add("all");
            }
        }
    }

    @Override
    public void reset(ResetReason reason) {
        events.add("reset " + reason);
    }

    @Override
    public void joined() {
        events.add("joined");
    }

    @Override
    public long count(List<Selector> selectors) {
        return 7L * selectors.size();
    }
}

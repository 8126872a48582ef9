package dev.freshet.publisher.http;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.publisher.change.ParsedChange;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Neighbouring lines of one region. The bus gets them in one call, so that the lines of a chunk go in one record. Not
 * thread-safe.
 */
final class LineBatch {

    private static final int MAX_LINES = 1024;

    private record Line(long number, int bytes, Change change) {}

    private final List<Line> lines = new ArrayList<>();
    private String region = "";
    private int names;

    /** Returns whether a line of this region may join the batch. */
    boolean takes(String ofRegion) {
        return lines.isEmpty() || (lines.size() < MAX_LINES && region.equals(ofRegion));
    }

    /** Adds a line of a region that the batch takes. */
    void add(long line, int bytes, ParsedChange.Valid valid) {
        region = valid.region();
        names += valid.names();
        lines.add(new Line(line, bytes, valid.change()));
    }

    /** Returns how many lines the batch holds. */
    int size() {
        return lines.size();
    }

    /** Returns how many keys, tags and prefixes the lines name. */
    int names() {
        return names;
    }

    /** Publishes the lines, and empties the batch. */
    void publish(Publisher publisher, StreamProgress progress) {
        if (lines.isEmpty()) {
            return;
        }
        List<CompletableFuture<Receipt>> receipts =
                publisher.publishAll(region, lines.stream().map(Line::change).toList());
        for (int i = 0; i < receipts.size(); i++) {
            Line line = lines.get(i);
            progress.add(line.number(), line.bytes(), false, receipts.get(i));
        }
        lines.clear();
        names = 0;
    }
}

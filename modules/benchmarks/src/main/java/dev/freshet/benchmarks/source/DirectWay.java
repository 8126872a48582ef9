package dev.freshet.benchmarks.source;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import java.util.concurrent.CompletableFuture;

/** The application publishes after its commit. This is the floor; it loses a change if the process dies in between. */
final class DirectWay implements Way {

    private final Rows rows;
    private final Publisher publisher;

    DirectWay(Rows rows, Publisher publisher) {
        this.rows = rows;
        this.publisher = publisher;
    }

    @Override
    public String title() {
        return "published by the writer after its commit";
    }

    @Override
    public Rows rows() {
        return rows;
    }

    @Override
    public void afterCommit(int index) {
        // If the call fails, the key is never evicted, and the run fails.
        CompletableFuture<Receipt> unused = publisher.publish(rows.region(), Change.ofKeys(rows.key(index)));
    }
}

package dev.freshet.sources;

import dev.freshet.bus.Change;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.UnavailableException;
import dev.freshet.bus.fakes.PublishOnly;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A publisher that appends to memory, or refuses, as a test demands. Safe to use from any thread. */
public final class RecordingPublisher extends PublishOnly {

    /** A published change. */
    public record Published(String region, Change change) {}

    private final List<Published> published = new ArrayList<>();
    private final List<CompletableFuture<Receipt>> stalled = new ArrayList<>();
    private boolean away;
    private boolean isStalling;
    private Consumer<Change> onPublish = change -> {};

    public synchronized List<Published> published() {
        return List.copyOf(published);
    }

    /** Returns all published keys, in order. */
    public List<String> keys() {
        return published().stream()
                .flatMap(one -> one.change().selectors().stream())
                .filter(Selector.Keys.class::isInstance)
                .flatMap(selector -> ((Selector.Keys) selector).keys().stream())
                .toList();
    }

    /** Calls this in the publishing thread for each change that comes, before it is taken. */
    public synchronized void onPublish(Consumer<Change> observer) {
        onPublish = observer;
    }

    public synchronized void setAway(boolean isAway) {
        away = isAway;
    }

    /** Makes the publisher neither acknowledge nor refuse changes, until it is called with false. */
    public synchronized void setStalling(boolean isStalling) {
        this.isStalling = isStalling;
        if (!isStalling) {
            stalled.forEach(one -> one.complete(new Receipt("stalled", new Position(1, 1), 0)));
            stalled.clear();
        }
    }

    /** Returns the number of changes without an acknowledgement. */
    public synchronized int stalled() {
        return stalled.size();
    }

    @Override
    public synchronized CompletableFuture<Receipt> publish(String region, Change change) {
        if (away) {
            return CompletableFuture.failedFuture(new UnavailableException(
                    UnavailableException.Reason.REDIS_AWAY, "Redis is away", false, Duration.ofMillis(1)));
        }
        onPublish.accept(change);
        published.add(new Published(region, change));
        if (isStalling) {
            CompletableFuture<Receipt> receipt = new CompletableFuture<>();
            stalled.add(receipt);
            return receipt;
        }
        return CompletableFuture.completedFuture(new Receipt(region, new Position(1, published.size()), 0));
    }
}

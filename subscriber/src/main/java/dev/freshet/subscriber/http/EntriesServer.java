package dev.freshet.subscriber.http;

import dev.freshet.service.DataPort;
import dev.freshet.service.Ports;
import dev.freshet.subscriber.configuration.HttpSettings;
import dev.freshet.subscriber.region.Regions;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;

/** Serves entries and reports of regions at the data port. */
public final class EntriesServer {

    private final DataPort port;
    private final EntryHandler entries;

    private EntriesServer(DataPort port, EntryHandler entries) {
        this.port = port;
        this.entries = entries;
    }

    /** Starts to listen. The future fails if the port cannot be used. */
    public static Future<EntriesServer> start(Ports ports, HttpSettings settings, Regions regions) {
        EntryHandler entries = new EntryHandler(settings, Clock.systemUTC());
        RegionsHandler handler = new RegionsHandler(regions, entries);
        return ports.listen(settings.port(), () -> handler).map(port -> new EntriesServer(port, entries));
    }

    /** Returns the port that the server listens at. */
    public int port() {
        return port.number();
    }

    /** Returns how many reads with {@code Min-Position} wait for their position. */
    public int waitingReads() {
        return entries.waitingReads();
    }

    /** Stops listening. Requests in flight may finish until the timeout. */
    public Future<Void> stop(Duration timeout) {
        return port.stop(timeout);
    }
}

package dev.freshet.subscriber.http;

import dev.freshet.service.port.DataPort;
import dev.freshet.service.port.Ports;
import dev.freshet.service.rights.Doorkeeper;
import dev.freshet.subscriber.configuration.HttpSettings;
import dev.freshet.subscriber.region.Regions;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;

/** Serves entries and reports of regions at the data port. */
public final class EntriesServer {

    private final DataPort port;
    private final BodyMemory bodies;
    private final PositionWait positions;
    private final BatchHandler batches;

    private EntriesServer(DataPort port, BodyMemory bodies, PositionWait positions, BatchHandler batches) {
        this.port = port;
        this.bodies = bodies;
        this.positions = positions;
        this.batches = batches;
    }

    /** Starts to listen. The future fails if the port cannot be used. */
    public static Future<EntriesServer> start(
            Ports ports, HttpSettings settings, Doorkeeper doorkeeper, Regions regions) {
        return start(ports, settings, doorkeeper, regions, Runtime.getRuntime().maxMemory());
    }

    static Future<EntriesServer> start(
            Ports ports, HttpSettings settings, Doorkeeper doorkeeper, Regions regions, long heapBytes) {
        BodyMemory bodies = new BodyMemory(heapBytes, Math.max(settings.maximumEntryBytes(), JsonBody.MAX_BYTES));
        PositionWait positions = new PositionWait(settings.minPositionWait());
        BatchHandler batches = new BatchHandler(bodies, positions);
        EntryHandler entries = new EntryHandler(settings, bodies, positions, Clock.systemUTC());
        RegionsHandler handler = new RegionsHandler(doorkeeper, regions, entries, batches);
        return ports.listen(settings.port(), () -> handler)
                .map(port -> new EntriesServer(port, bodies, positions, batches));
    }

    /** Returns where clients find the server, as in {@code port 8710}. */
    public String place() {
        return port.place();
    }

    /** Returns the port that the server listens at; 0: it is a unix socket. */
    public int port() {
        return port.number();
    }

    /** Returns how many reads with {@code Min-Position} wait for their position. */
    public int waitingReads() {
        return positions.waitingReads();
    }

    /** Returns how many values were omitted from answers to reads of several entries. */
    public long omittedValues() {
        return batches.omittedValues();
    }

    /** Returns how many bytes the bodies of requests in flight hold. */
    public long bodyBytes() {
        return bodies.heldBytes();
    }

    /** Returns how many bodies were refused, because those of other requests left no memory. */
    public long refusedBodies() {
        return bodies.refused();
    }

    /** Stops listening. Requests in flight may finish until the timeout. */
    public Future<Void> stop(Duration timeout) {
        return port.stop(timeout);
    }
}

package dev.freshet.publisher.http;

import dev.freshet.publisher.configuration.PublisherSettings;
import dev.freshet.publisher.metrics.HttpLoad;

/** Bounds the memory and the connections that all clients take together. Safe to use from any thread. */
public final class HttpLimits implements HttpLoad {

    private final RequestMemory memory;
    private final ConnectionLimit connections;

    public HttpLimits(PublisherSettings settings) {
        this.memory = new RequestMemory(settings.queueMaximumBytes());
        this.connections = new ConnectionLimit(settings.http().maximumConnections());
    }

    RequestMemory memory() {
        return memory;
    }

    ConnectionLimit connections() {
        return connections;
    }

    @Override
    public int openConnections() {
        return connections.count();
    }

    @Override
    public long refusedConnections() {
        return connections.refused();
    }

    @Override
    public long requestBytes() {
        return memory.heldBytes();
    }
}

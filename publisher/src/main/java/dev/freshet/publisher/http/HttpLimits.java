package dev.freshet.publisher.http;

import dev.freshet.publisher.configuration.PublisherSettings;
import dev.freshet.publisher.metrics.HttpLoad;
import dev.freshet.service.http.RequestMemory;
import dev.freshet.service.port.Ports;

/** Bounds the memory that all clients take together, and says what they hold. Safe to use from any thread. */
public final class HttpLimits implements HttpLoad {

    private final RequestMemory memory;
    private final Ports ports;

    public HttpLimits(PublisherSettings settings, Ports ports) {
        this.memory = new RequestMemory(
                settings.queueMaximumBytes(),
                Math.max(settings.http().maximumBodyBytes(), settings.http().maximumLineBytes()));
        this.ports = ports;
    }

    RequestMemory memory() {
        return memory;
    }

    @Override
    public int openConnections() {
        return ports.openConnections();
    }

    @Override
    public long refusedConnections() {
        return ports.refusedConnections();
    }

    @Override
    public long requestBytes() {
        return memory.heldBytes();
    }
}

package dev.freshet.tracing;

import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.SubscriberListener;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Tracer;
import java.util.Objects;

/**
 * Makes the spans of changes, all in the trace of whoever made the change, or in one of their own:
 *
 * <ul>
 *   <li>{@code freshet change}, from the change in its source to the acceptance, if the trace begins with it
 *   <li>{@code freshet accept}, from the acceptance to the acknowledgement; the record carries it if it is sampled
 *   <li>{@code freshet append}, the round trip that carried the record: a child of one of its changes, linked to the others
 *   <li>{@code freshet deliver} and {@code freshet evict} on every replica that follows the region
 * </ul>
 *
 * <p>A change belongs to the trace that it {@linkplain dev.freshet.bus.Change#trace() names}, else to the span that is current on the
 * thread that publishes it. All times are on the Redis clock, as processes estimate it. Keys, tags and prefixes are in no span. Immutable;
 * safe to use from any thread.
 */
public final class ChangeSpans {

    private static final String SCOPE = "dev.freshet";

    private final Tracer tracer;

    private ChangeSpans(Tracer tracer) {
        this.tracer = tracer;
    }

    /** Spans that are made here. */
    public static ChangeSpans of(OpenTelemetry openTelemetry) {
        return new ChangeSpans(
                Objects.requireNonNull(openTelemetry, "openTelemetry").getTracer(SCOPE));
    }

    /** Returns what hears a publisher, for the spans of appends. */
    public PublisherListener publisherListener() {
        return new AppendSpans(tracer);
    }

    /** Returns what hears a subscriber, for the spans of deliveries and evictions. */
    public SubscriberListener subscriberListener() {
        return new ReplicaSpans(tracer);
    }

    /**
     * Returns a publisher that makes a span of each change that it accepts. Closing it closes the other.
     *
     * @param publisher with {@link #publisherListener} among its listeners
     */
    public Publisher traced(Publisher publisher) {
        return new TracedPublisher(publisher, tracer);
    }
}

package dev.freshet.tracing;

import static java.util.concurrent.TimeUnit.MICROSECONDS;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.Change;
import dev.freshet.bus.DryRunResult;
import dev.freshet.bus.LogSample;
import dev.freshet.bus.MemberAudit;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionView;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import dev.freshet.schema.TraceContext;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A publisher whose changes are spans, from their acceptance until Redis has acknowledged them, or not. */
final class TracedPublisher implements Publisher {

    private static final Logger LOG = LoggerFactory.getLogger(TracedPublisher.class);

    private final Publisher publisher;
    private final Tracer tracer;

    TracedPublisher(Publisher publisher, Tracer tracer) {
        this.publisher = publisher;
        this.tracer = tracer;
    }

    /** Whatever a tracing library throws, the change is published. */
    private Span accept(String region, Change change) {
        try {
            return begun(region, change);
        } catch (RuntimeException fault) {
            LOG.debug("a span cannot begin", fault);
            return Span.getInvalid();
        }
    }

    private Span begun(String region, Change change) {
        long nowMicros = publisher.time().nowMicros();
        return tracer.spanBuilder("freshet accept")
                .setParent(parentOf(region, change, nowMicros))
                .setSpanKind(SpanKind.PRODUCER)
                .setStartTimestamp(nowMicros, MICROSECONDS)
                .setAttribute(Spans.REGION, region)
                .startSpan();
    }

    private Context parentOf(String region, Change change, long nowMicros) {
        TraceContext given = change.trace();
        if (given != null) {
            return Spans.parent(given);
        }
        Context current = Context.current();
        Instant changedAt = change.changedAt();
        if (changedAt == null || Span.fromContext(current).getSpanContext().isValid()) {
            return current;
        }
        // The trace begins where the change was made: in a database, perhaps long ago.
        long ageMicros = Math.max(0, ChronoUnit.MICROS.between(changedAt, Instant.now()));
        Span source = tracer.spanBuilder("freshet change")
                .setNoParent()
                .setStartTimestamp(nowMicros - ageMicros, MICROSECONDS)
                .setAttribute(Spans.REGION, region)
                .startSpan();
        source.end(nowMicros, MICROSECONDS);
        return current.with(source);
    }

    private static Change within(Change change, Span span) {
        TraceContext trace = Spans.traceOf(span.getSpanContext());
        return trace == null && change.trace() == null ? change : change.withTrace(trace);
    }

    private CompletableFuture<Receipt> ending(Span span, CompletableFuture<Receipt> published) {
        if (span.isRecording()) {
            var unused = published.whenComplete((receipt, fault) -> end(span, receipt, fault));
        }
        return published;
    }

    private void end(Span span, @Nullable Receipt receipt, @Nullable Throwable fault) {
        if (receipt != null) {
            span.setAttribute(Spans.POSITION, receipt.position().toString());
        }
        if (fault != null) {
            Throwable cause =
                    fault instanceof CompletionException && fault.getCause() != null ? fault.getCause() : fault;
            // Not its message: it may quote what somebody sent.
            span.setStatus(StatusCode.ERROR, cause.getClass().getSimpleName());
        }
        span.end(publisher.time().nowMicros(), MICROSECONDS);
    }

    @Override
    public CompletableFuture<Receipt> publish(String region, Change change) {
        Span span = accept(region, change);
        try {
            return ending(span, publisher.publish(region, within(change, span)));
        } catch (RuntimeException refused) {
            end(span, null, refused);
            throw refused;
        }
    }

    @Override
    public CompletableFuture<Receipt> publish(String region, Change change, Duration timeout) {
        Span span = accept(region, change);
        try {
            return ending(span, publisher.publish(region, within(change, span), timeout));
        } catch (RuntimeException refused) {
            end(span, null, refused);
            throw refused;
        }
    }

    @Override
    public List<CompletableFuture<Receipt>> publishAll(String region, List<Change> changes) {
        List<Span> spans = new ArrayList<>(changes.size());
        List<Change> traced = new ArrayList<>(changes.size());
        for (Change change : changes) {
            Span span = accept(region, change);
            spans.add(span);
            traced.add(within(change, span));
        }
        List<CompletableFuture<Receipt>> published;
        try {
            published = publisher.publishAll(region, traced);
        } catch (RuntimeException refused) {
            spans.forEach(span -> end(span, null, refused));
            throw refused;
        }
        for (int i = 0; i < spans.size(); i++) {
            CompletableFuture<Receipt> unused = ending(spans.get(i), published.get(i));
        }
        return published;
    }

    // ---- What makes no spans

    @Override
    public CompletableFuture<AwaitResult> awaitApplied(Collection<Receipt> receipts, Duration timeout) {
        return publisher.awaitApplied(receipts, timeout);
    }

    @Override
    public CompletableFuture<DryRunResult> dryRun(String region, List<Selector> selectors, Duration timeout) {
        return publisher.dryRun(region, selectors, timeout);
    }

    @Override
    public CompletableFuture<List<MemberAudit>> audit(String region, AuditQuery query, Duration timeout) {
        return publisher.audit(region, query, timeout);
    }

    @Override
    public CompletableFuture<LogSample> sample(String region, @Nullable Position after, double part, int limit) {
        return publisher.sample(region, after, part, limit);
    }

    @Override
    public CompletableFuture<RegionView> region(String region) {
        return publisher.region(region);
    }

    @Override
    public CompletableFuture<List<String>> regions() {
        return publisher.regions();
    }

    @Override
    public boolean isConnected() {
        return publisher.isConnected();
    }

    @Override
    public @Nullable String misconfiguration() {
        return publisher.misconfiguration();
    }

    @Override
    public int queuedInvalidations() {
        return publisher.queuedInvalidations();
    }

    @Override
    public long acknowledgedBytes() {
        return publisher.acknowledgedBytes();
    }

    @Override
    public long listenerFailures() {
        return publisher.listenerFailures();
    }

    @Override
    public RedisTime time() {
        return publisher.time();
    }

    @Override
    public void close() {
        publisher.close();
    }
}

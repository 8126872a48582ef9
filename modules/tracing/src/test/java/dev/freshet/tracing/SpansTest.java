package dev.freshet.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.FreshetConfig;
import dev.freshet.OnFailure;
import dev.freshet.Published;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import dev.freshet.bus.Change;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.TraceContext;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisExtension;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which spans a change has, on its way from a publisher to two replicas over a real Redis. */
@SuppressWarnings("NullAway.Init") // before each test
class SpansTest {

    private static final TraceContext GIVEN =
            new TraceContext(0x0af7651916cd43ddL, 0x8448eb211c80319cL, 0xb7ad6b7169203331L, (byte) 1);

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    private final InMemorySpanExporter exported = InMemorySpanExporter.create();
    private final OpenTelemetrySdk sdk = OpenTelemetrySdk.builder()
            .setTracerProvider(SdkTracerProvider.builder()
                    .addSpanProcessor(SimpleSpanProcessor.create(exported))
                    .build())
            .build();
    private final List<LoggedRecord> applied = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private Publisher publisher;

    @BeforeEach
    void connect() {
        ChangeSpans spans = ChangeSpans.of(sdk);
        publisher = spans.traced(Publisher.connect(Patient.publisher(redis.uri()), spans.publisherListener()));
        open.add(publisher);
        await().until(publisher::isConnected);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
        sdk.close();
    }

    private Subscriber follow(String uri) {
        RegionReader reader = new RegionReader() {
            @Override
            public void apply(LoggedRecord record) {
                applied.add(record);
            }

            @Override
            public void reset(ResetReason reason) {}

            @Override
            public void joined() {}
        };
        Subscriber subscriber = Subscriber.connect(
                Patient.subscriber(uri),
                Map.of("users", reader),
                ChangeSpans.of(sdk).subscriberListener(),
                TimeSource.SYSTEM);
        open.add(0, subscriber);
        await().until(subscriber::isCaughtUp);
        return subscriber;
    }

    private static <T> T within(Span span, Supplier<T> call) {
        return Context.current().with(span).wrapSupplier(call).get();
    }

    private List<SpanData> spans(String name) {
        return exported.getFinishedSpanItems().stream()
                .filter(span -> span.getName().equals(name))
                .toList();
    }

    private SpanData only(String name) {
        await().until(() -> !spans(name).isEmpty());
        assertThat(spans(name)).hasSize(1);
        return spans(name).get(0);
    }

    @Test
    void aChangeIsOneTraceFromItsCallerToTheEvictionOnEachReplica() {
        follow(redis.uri());
        follow(redis.uri());
        Span request = sdk.getTracer("test").spanBuilder("request").startSpan();
        Receipt receipt = within(
                request,
                () -> publisher.publish("users", Change.ofKeys("user:secret")).join());
        await().until(() -> spans("freshet evict").size() == 2);

        SpanData accept = only("freshet accept");
        assertThat(accept.getParentSpanId()).isEqualTo(request.getSpanContext().getSpanId());
        assertThat(accept.getAttributes().get(Spans.POSITION))
                .isEqualTo(receipt.position().toString());
        assertThat(only("freshet append").getParentSpanId()).isEqualTo(accept.getSpanId());
        assertThat(only("freshet append").getLinks()).isEmpty();
        List<SpanData> deliveries = spans("freshet deliver");
        assertThat(deliveries).hasSize(2).allSatisfy(deliver -> {
            assertThat(deliver.getParentSpanId()).isEqualTo(accept.getSpanId());
            assertThat(deliver.getAttributes().get(Spans.IS_REPLAYED)).isFalse();
        });
        assertThat(spans("freshet evict"))
                .extracting(SpanData::getParentSpanId)
                .containsExactlyInAnyOrderElementsOf(
                        deliveries.stream().map(SpanData::getSpanId).toList());
        assertThat(exported.getFinishedSpanItems()).allSatisfy(span -> {
            assertThat(span.getTraceId()).isEqualTo(request.getSpanContext().getTraceId());
            assertThat(span.getEndEpochNanos()).isGreaterThanOrEqualTo(span.getStartEpochNanos());
            assertThat(span.toString()).doesNotContain("secret");
        });
        request.end();
    }

    @Test
    void aBatchIsOneAppendLinkedToTheTracesOfAllItsChanges() {
        List<Change> changes = new ArrayList<>();
        List<String> traces = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            TraceContext trace = new TraceContext(1, i + 1, 7, (byte) 1);
            changes.add(Change.ofKeys("user:" + i).withTrace(trace));
            traces.add(trace.traceId());
        }
        publisher.publishAll("users", changes).forEach(CompletableFuture::join);

        SpanData append = only("freshet append");
        assertThat(append.getTraceId()).isEqualTo(traces.get(0));
        assertThat(append.getLinks())
                .extracting(link -> link.getSpanContext().getTraceId())
                .containsExactly(traces.get(1), traces.get(2));
        assertThat(append.getAttributes().get(Spans.CHANGES)).isEqualTo(3);
    }

    @Test
    void aRecordOfVeryManyTracesHasSpansOfSomeAndSaysOfHowManyNot() {
        follow(redis.uri());
        int all = 3 * ReplicaSpans.MAX_CHANGES;
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < all; i++) {
            changes.add(Change.ofKeys("user:" + i).withTrace(new TraceContext(1, i + 1, 7, (byte) 1)));
        }
        publisher.publishAll("users", changes).forEach(CompletableFuture::join);
        await().until(() -> applied.stream()
                        .mapToInt(record -> record.body().invalidations().size())
                        .sum()
                == all);

        assertThat(applied).as("records").hasSize(1);
        await().until(() -> spans("freshet deliver").size() == ReplicaSpans.MAX_CHANGES);
        assertThat(spans("freshet evict")).hasSize(ReplicaSpans.MAX_CHANGES);
        assertThat(spans("freshet deliver"))
                .allSatisfy(deliver -> assertThat(deliver.getAttributes().get(Spans.OMITTED))
                        .isEqualTo(all - ReplicaSpans.MAX_CHANGES));
        assertThat(only("freshet append").getLinks()).hasSize(AppendSpans.MAX_LINKS);
    }

    @Test
    void theTraceThatAChangeNamesCountsMoreThanThatOfTheThread() {
        Span other = sdk.getTracer("test").spanBuilder("other").startSpan();
        Receipt unused = within(other, () -> publisher
                .publish("users", Change.builder().all().trace(GIVEN).build())
                .join());
        assertThat(only("freshet accept").getTraceId()).isEqualTo(GIVEN.traceId());
        assertThat(only("freshet accept").getParentSpanId()).isEqualTo(GIVEN.spanIdDigits());
    }

    @Test
    void whatNobodyRecordsLeavesNothingInTheRecordAndNoSpans() {
        follow(redis.uri());
        publisher
                .publish("users", Change.ofKeys("user:1").withTrace(new TraceContext(1, 1, 1, (byte) 0)))
                .join();
        await().until(() -> applied.size() == 1);
        assertThat(applied.get(0).body().invalidations().get(0).trace()).isNull();
        assertThat(exported.getFinishedSpanItems()).isEmpty();
    }

    @Test
    void aTraceThatBeginsWithAChangeBeginsWhenItWasMade() {
        Instant committed = Instant.now().minusSeconds(5);
        publisher
                .publish("users", Change.ofKeys("user:1").withChangedAt(committed))
                .join();

        SpanData change = only("freshet change");
        assertThat(change.getParentSpanContext().isValid()).isFalse();
        assertThat(only("freshet accept").getParentSpanId()).isEqualTo(change.getSpanId());
        assertThat(change.getEndEpochNanos() - change.getStartEpochNanos())
                .isBetween(4_000_000_000L, 3_600_000_000_000L);
    }

    @Test
    void aChangeThatIsRefusedIsAFailedSpan() {
        redis.server().kill();
        CompletableFuture<Receipt> refused = publisher.publish("users", Change.ofKeys("user:1"));
        await().until(refused::isCompletedExceptionally);
        assertThat(only("freshet accept").getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        redis.server().start();
    }

    @Test
    void whatIsReplayedAfterAGapShowsItsTraceToo() {
        try (FaultProxy proxy = FaultProxy.to(redis.server())) {
            Subscriber cutOff = follow(proxy.redisUri());
            proxy.cut();
            publisher.publish("users", Change.ofKeys("user:1").withTrace(GIVEN)).join();
            proxy.heal();
            SpanData deliver = only("freshet deliver");
            assertThat(deliver.getTraceId()).isEqualTo(GIVEN.traceId());
            assertThat(deliver.getAttributes().get(Spans.IS_REPLAYED)).isTrue();
            cutOff.close();
        }
    }

    /** Throws wherever it is asked. */
    private static final class Broken implements SpanProcessor {
        @Override
        public void onStart(Context parentContext, ReadWriteSpan span) {
            throw new IllegalStateException("broken");
        }

        @Override
        public boolean isStartRequired() {
            return true;
        }

        @Override
        public void onEnd(ReadableSpan span) {
            throw new IllegalStateException("broken");
        }

        @Override
        public boolean isEndRequired() {
            return true;
        }
    }

    @Test
    void aTracingLibraryThatThrowsStopsNothing() {
        OpenTelemetrySdk broken = OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .addSpanProcessor(new Broken())
                        .build())
                .build();
        ChangeSpans spans = ChangeSpans.of(broken);
        try (Publisher published =
                spans.traced(Publisher.connect(Patient.publisher(redis.uri()), spans.publisherListener()))) {
            await().until(published::isConnected);
            follow(redis.uri());
            published.publish("users", Change.ofKeys("user:1").withTrace(GIVEN)).join();
            published
                    .publishAll("users", List.of(Change.ofKeys("user:2"), Change.ofKeys("user:3")))
                    .forEach(CompletableFuture::join);
            await().until(() -> applied.stream()
                            .mapToInt(record -> record.body().invalidations().size())
                            .sum()
                    == 3);
        }
    }

    @Test
    void aClientsChangesBelongToTheSpanThatMadeThemEvenIfTheyAreQueued() {
        FreshetConfig config = FreshetConfig.of(redis.uri())
                .withRedis(Patient.redis(redis.uri()))
                .withOnFailure(OnFailure.QUEUE)
                .withObserver(FreshetTracing.of(sdk));
        try (Freshet freshet = Freshet.connect(config)) {
            Region<String> users = freshet.region("users", RegionOptions.<String>maximumEntries(10));
            await().until(() -> users.invalidate("user:0") instanceof Published.Logged);
            exported.reset();
            redis.server().kill();
            Span request = sdk.getTracer("test").spanBuilder("request").startSpan();
            assertThat(within(request, () -> users.invalidate("user:1"))).isInstanceOf(Published.Queued.class);
            redis.server().start();
            await().until(() -> spans("freshet evict").stream().anyMatch(span -> span.getTraceId()
                    .equals(request.getSpanContext().getTraceId())));
            request.end();
        }
    }
}

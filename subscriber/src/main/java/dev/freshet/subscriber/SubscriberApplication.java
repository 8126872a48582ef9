package dev.freshet.subscriber;

import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.TimeSource;
import dev.freshet.cache.RegionCache;
import dev.freshet.micrometer.RecordTrace;
import dev.freshet.micrometer.SubscriberMeters;
import dev.freshet.schema.TraceContext;
import dev.freshet.service.Application;
import dev.freshet.service.Exemplar;
import dev.freshet.service.ServiceContext;
import dev.freshet.service.config.Settings;
import dev.freshet.service.rights.Doorkeeper;
import dev.freshet.service.rights.Exposure;
import dev.freshet.service.rights.Right;
import dev.freshet.subscriber.configuration.RespSettings;
import dev.freshet.subscriber.configuration.SubscriberSettings;
import dev.freshet.subscriber.http.EntriesServer;
import dev.freshet.subscriber.http.RegionReport;
import dev.freshet.subscriber.region.RedisTiers;
import dev.freshet.subscriber.region.RegionCaches;
import dev.freshet.subscriber.region.Regions;
import dev.freshet.subscriber.region.StoredValue;
import dev.freshet.tracing.ChangeSpans;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sidecar. Connects its parts: on its own threads, the bus receives, decodes and orders records and applies them to the
 * caches; on event loops, the data port reads and fills these caches.
 */
public final class SubscriberApplication implements Application<SubscriberSettings> {

    private static final Logger log = LoggerFactory.getLogger(SubscriberApplication.class);

    private final TimeSource time;

    /** Makes an application that uses the clocks of this machine. */
    public SubscriberApplication() {
        this(TimeSource.SYSTEM);
    }

    SubscriberApplication(TimeSource time) {
        this.time = time;
    }

    @Override
    public String name() {
        return "freshet-subscriber";
    }

    @Override
    public String summary() {
        return "Holds the caches for one replica of an application and keeps them coherent.";
    }

    @Override
    public int defaultManagementPort() {
        return 8711;
    }

    @Override
    public SubscriberSettings readSettings(Settings settings) {
        return SubscriberSettings.read(settings);
    }

    @Override
    public @Nullable Exemplar exemplar() {
        TraceContext trace = RecordTrace.current();
        return trace == null ? null : new Exemplar(trace.traceId(), trace.spanIdDigits());
    }

    @Override
    public Future<Running> start(SubscriberSettings settings, ServiceContext context) {
        Map<String, RegionCache<StoredValue>> caches = RegionCaches.build(settings.regions(), time);
        RedisTiers tiers = RedisTiers.over(caches, settings);
        SubscriberMeters meters = new SubscriberMeters(context.metrics());
        tiers.regions()
                .forEach((name, region) -> meters.add(region, tiers.tiers().get(name)));

        SubscriberListener listener = context.traces() == null
                ? meters
                : meters.andThen(ChangeSpans.of(context.traces()).subscriberListener());
        Subscriber subscriber = Subscriber.connect(settings.bus(), tiers.regions(), listener, time);
        Regions regions = Regions.of(settings.regions(), tiers.regions(), subscriber);
        Supplier<@Nullable String> misconfiguration = () -> Stream.concat(
                        Stream.of(subscriber.misconfiguration(), tiers.misconfiguration()),
                        caches.values().stream().map(RegionCache::misconfiguration))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
        meters.watch(subscriber, asked -> misconfiguration.get());

        String exposure =
                Exposure.SUBSCRIBER.of(settings.http().port(), settings.http().tokensFile());
        if (exposure != null) {
            log.warn(exposure);
        }
        Startup startup = new Startup(subscriber, settings.startupWait(), settings.readyAfterStartupWait(), time);
        context.health().addStartup("regions", startup::faultInStart);
        context.health().addReadiness("regions", startup::faultInReadiness);
        context.health().addMisconfiguration(misconfiguration);
        context.health().addReadyDetail("cannotPromise", () -> RegionReport.brokenPromises(regions));
        return openDoor(settings, context)
                .compose(doorkeeper -> EntriesServer.start(context.ports(), settings.http(), doorkeeper, regions))
                .onSuccess(server -> meter(server, context))
                .compose(server -> openResp(settings, regions, context)
                        .<Running>map(stopResp -> new RunningSubscriber(
                                context.vertx(), server, stopResp, subscriber, tiers, caches.values())))
                .onFailure(fault -> {
                    subscriber.close();
                    tiers.close();
                });
    }

    /** Opens the RESP port if there is to be one. Returns what stops it. */
    private Future<Supplier<Future<Void>>> openResp(
            SubscriberSettings settings, Regions regions, ServiceContext context) {
        RespSettings resp = settings.resp();
        return resp == null
                ? Future.succeededFuture(Future::succeededFuture)
                : RespPort.start(settings, resp, regions, context, time).map(server -> server::stop);
    }

    /** A file that cannot be used fails the start, as a port that is taken does. */
    private static Future<Doorkeeper> openDoor(SubscriberSettings settings, ServiceContext context) {
        Callable<Doorkeeper> open = () -> Doorkeeper.of(
                "http.tokens-file",
                settings.http().tokensFile(),
                Right.OF_SUBSCRIBER,
                context.ports(),
                context.metrics());
        return context.vertx().executeBlocking(open, false);
    }

    private static void meter(EntriesServer server, ServiceContext context) {
        Gauge.builder("freshet.waiting.reads", server, EntriesServer::waitingReads)
                .description("Reads with Min-Position that wait for their position")
                .register(context.metrics());
        Gauge.builder("freshet.http.body.bytes", server, EntriesServer::bodyBytes)
                .description("Bytes of bodies that have not arrived as a whole")
                .baseUnit("bytes")
                .register(context.metrics());
        FunctionCounter.builder("freshet.http.refused.bodies", server, EntriesServer::refusedBodies)
                .description("Bodies refused, because those of other requests left no memory")
                .register(context.metrics());
        FunctionCounter.builder("freshet.http.omitted.values", server, EntriesServer::omittedValues)
                .description("Values that answers of batchGet omitted, because they would have been too large")
                .register(context.metrics());
    }
}

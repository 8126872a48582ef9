package dev.freshet.publisher;

import dev.freshet.audit.AuditTally;
import dev.freshet.audit.Auditor;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.PublisherListener;
import dev.freshet.micrometer.PublisherMeters;
import dev.freshet.publisher.change.OutboxReader;
import dev.freshet.publisher.configuration.AuditSettings;
import dev.freshet.publisher.configuration.PublisherSettings;
import dev.freshet.publisher.console.Console;
import dev.freshet.publisher.console.SourceStates;
import dev.freshet.publisher.http.HttpLimits;
import dev.freshet.publisher.http.InvalidationsHandler;
import dev.freshet.publisher.http.PublisherServer;
import dev.freshet.publisher.http.RegionMembers;
import dev.freshet.publisher.http.RegionsHandler;
import dev.freshet.publisher.metrics.AuditMetrics;
import dev.freshet.publisher.metrics.HttpMetrics;
import dev.freshet.publisher.metrics.SourceMetrics;
import dev.freshet.service.Application;
import dev.freshet.service.ServiceContext;
import dev.freshet.service.config.Settings;
import dev.freshet.service.http.HttpRequests;
import dev.freshet.service.port.DataPort;
import dev.freshet.service.rights.Doorkeeper;
import dev.freshet.service.rights.Exposure;
import dev.freshet.service.rights.Right;
import dev.freshet.sources.ChangeReader;
import dev.freshet.sources.Sources;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connects the parts of the publisher. */
public final class PublisherApplication implements Application<PublisherSettings> {

    private static final Logger log = LoggerFactory.getLogger(PublisherApplication.class);

    private final BiFunction<PublisherConfig, PublisherListener, Publisher> connector;

    /**
     * @param connector connects to Redis; must not block
     */
    public PublisherApplication(BiFunction<PublisherConfig, PublisherListener, Publisher> connector) {
        this.connector = connector;
    }

    @Override
    public String name() {
        return "freshet-publisher";
    }

    @Override
    public String summary() {
        return "Takes changes in over HTTP and appends them to the logs of their regions in Redis.";
    }

    @Override
    public int defaultManagementPort() {
        return 8701;
    }

    @Override
    public PublisherSettings readSettings(Settings settings) {
        return PublisherSettings.read(settings);
    }

    @Override
    public Future<Running> start(PublisherSettings settings, ServiceContext context) {
        PublisherMeters meters =
                new PublisherMeters(context.metrics(), settings.regions(), settings.metricsMaximumRegions());
        Tracing tracing = Tracing.of(context.traces());
        Publisher publisher =
                tracing.traced(connector.apply(settings.bus(), tracing.heardBy(meters.andThen(new PublisherLog()))));
        meters.watch(publisher);
        HttpLimits limits = new HttpLimits(settings, context.ports());
        log.info(
                "requests in flight hold at most {} bytes (queue.maximum-bytes); at most {} regions (log.maximum-regions)",
                settings.queueMaximumBytes(),
                settings.bus().maximumRegions());
        String exposure =
                Exposure.PUBLISHER.of(settings.http().port(), settings.http().tokensFile());
        if (exposure != null) {
            log.warn(exposure);
        }
        HttpMetrics metrics = new HttpMetrics(limits, context.metrics());
        context.health()
                .addReadiness(
                        "redis",
                        () -> publisher.isConnected()
                                ? null
                                : Objects.requireNonNullElse(publisher.misconfiguration(), "is not connected"));
        context.health().addMisconfiguration(publisher::misconfiguration);

        RegionMembers members = new RegionMembers(publisher, System::nanoTime);
        InvalidationsHandler invalidations = new InvalidationsHandler(publisher, settings, limits, members, metrics);
        RegionsHandler regions = new RegionsHandler(publisher, settings.regions());
        HttpRequests requests = new HttpRequests(context.metrics());
        Doorkeeper doorkeeper = Doorkeeper.of(
                "http.tokens-file",
                settings.http().tokensFile(),
                Right.OF_PUBLISHER,
                context.ports(),
                context.metrics());
        PublisherServer server = new PublisherServer(settings.http(), doorkeeper, invalidations, regions, requests);

        SourceMetrics sourceMetrics = new SourceMetrics(context.metrics());
        Sources sources = startSources(settings, publisher, sourceMetrics, tracing, context);
        SourceStates states = new SourceStates(settings.sources(), sources, sourceMetrics);
        AuditTally tally = new AuditTally();
        Feeding feeding = new Feeding(publisher, sources, startAuditor(settings, publisher, tally, context));
        Vertx vertx = context.vertx();
        return server.listen(context.ports())
                .compose(port -> Console.start(settings, states, tally, invalidations, context)
                        .<Running>map(console -> new RunningPublisher(vertx, port, console, feeding))
                        .recover(fault -> port.stop(Duration.ZERO).transform(stopped -> Future.failedFuture(fault))))
                .recover(fault -> feeding.close(vertx).transform(released -> Future.failedFuture(fault)));
    }

    private static @Nullable Auditor startAuditor(
            PublisherSettings settings, Publisher publisher, AuditTally tally, ServiceContext context) {
        AuditSettings audit = settings.audit();
        if (!audit.isOn()) {
            return null;
        }
        return Auditor.start(
                publisher,
                audit.config(settings.regions()),
                new AuditMetrics(context.metrics(), audit.after(), settings.metricsMaximumRegions()).andThen(tally));
    }

    /**
     * Starts the sources of changes beside HTTP. A source that cannot read does not make the publisher unready: HTTP still works,
     * and a database's log or outbox keeps what the source has not read.
     */
    private Sources startSources(
            PublisherSettings settings,
            Publisher publisher,
            SourceMetrics metrics,
            Tracing tracing,
            ServiceContext context) {
        ChangeReader reader = new OutboxReader(settings);
        Sources sources = Sources.start(
                settings.sources(),
                publisher,
                reader,
                settings.bus().redis(),
                metrics,
                origin -> tracing.traced(
                        connector.apply(settings.bus().withName(origin), tracing.heardBy(new PublisherLog()))));
        metrics.watch(sources);
        if (!settings.sources().isEmpty()) {
            context.health().addReadyDetail("sources", () -> {
                JsonObject states = new JsonObject();
                sources.names().forEach(name -> states.put(name, state(sources, name)));
                return states;
            });
        }
        return sources;
    }

    private static String state(Sources sources, String name) {
        String note = sources.note(name);
        return Objects.requireNonNullElse(sources.fault(name), "reads") + (note == null ? "" : "; " + note);
    }

    /** What appends, and what watches what is appended. */
    private record Feeding(
            Publisher publisher, Sources sources, @Nullable Auditor auditor) {

        Future<Void> close(Vertx vertx) {
            Callable<Void> close = () -> {
                if (auditor != null) {
                    auditor.close();
                }
                sources.close();
                publisher.close();
                return null;
            };
            return vertx.executeBlocking(close, false);
        }
    }

    private record RunningPublisher(
            Vertx vertx, DataPort dataPort, @Nullable Console console, Feeding feeding) implements Running {

        @Override
        public int port() {
            return dataPort.number();
        }

        @Override
        public Future<Void> stop(Duration timeout) {
            Future<Void> looked = console == null ? Future.succeededFuture() : console.stop(timeout);
            return Future.join(looked, dataPort.stop(timeout)).transform(stopped -> feeding.close(vertx));
        }
    }
}

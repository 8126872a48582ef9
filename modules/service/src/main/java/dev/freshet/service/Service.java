package dev.freshet.service;

import dev.freshet.service.config.Configuration;
import dev.freshet.service.config.ConfigurationException;
import dev.freshet.service.config.Setting;
import dev.freshet.service.config.Settings;
import dev.freshet.service.port.DataPort;
import dev.freshet.service.port.PortTls;
import dev.freshet.service.port.Ports;
import dev.freshet.service.trace.SpanExport;
import dev.freshet.service.trace.TracingSettings;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running application with its management server. {@link Launcher} runs it as a process; tests start it directly. Safe to use
 * from any thread.
 */
public final class Service implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Service.class);

    /** How much longer than the configured delay and timeout a stop may take. */
    private static final Duration STOP_MARGIN = Duration.ofSeconds(5);

    private final String name;
    private final ServiceSettings settings;
    private final Vertx vertx;
    private final PrometheusMeterRegistry metrics;
    private final Ports ports;
    private final JvmGcMetrics gcMetrics = new JvmGcMetrics();
    private final Health health = new Health();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private @Nullable ManagementServer management;
    private Application.@Nullable Running running;
    private @Nullable AutoCloseable spanExport;

    private Service(String name, ServiceSettings settings, Supplier<@Nullable Exemplar> exemplars) {
        this.name = name;
        this.settings = settings;
        this.metrics = new PrometheusMeterRegistry(
                metricsConfig(), new PrometheusRegistry(), Clock.SYSTEM, new ExemplarSpans(exemplars));
        // Vert.x serves no files from the class path and needs no cache folder: the file system may be read-only.
        this.vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(Runtime.getRuntime().availableProcessors())
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        this.ports = new Ports(vertx, metrics);
    }

    /** Exemplars on buckets and counters only: Prometheus refuses a whole page with one elsewhere. */
    private static PrometheusConfig metricsConfig() {
        Properties properties = new Properties();
        properties.setProperty("io.prometheus.exporter.exemplarsOnAllMetricTypes", "false");
        properties.setProperty("io.prometheus.exporter.exemplars_on_all_metric_types", "false");
        return new PrometheusConfig() {
            @Override
            public @Nullable String get(String key) {
                return null;
            }

            @Override
            public Properties prometheusProperties() {
                return properties;
            }
        };
    }

    /** The settings of an application, with those that all applications share. */
    record AllSettings<S>(ServiceSettings service, S application) {}

    static <S> Function<Settings, AllSettings<S>> reader(Application<S> application) {
        return settings -> new AllSettings<>(
                ServiceSettings.read(settings, application.name(), application.defaultManagementPort()),
                application.readSettings(settings));
    }

    /** Lists the settings of an application, with those that all applications share. */
    public static List<Setting> settingsOf(Application<?> application) {
        return Configuration.describe(reader(application));
    }

    /**
     * Starts an application. Blocks until it takes requests, at most a minute.
     *
     * @throws ConfigurationException if the configuration has any fault; then nothing was started
     * @throws IllegalStateException if the application cannot start; then everything that was started is stopped
     */
    public static <S> Service start(Application<S> application, Configuration configuration) {
        return start(application, configuration.read(reader(application)));
    }

    static <S> Service start(Application<S> application, AllSettings<S> settings) {
        long startNanos = System.nanoTime();
        Service service = new Service(application.name(), settings.service(), application::exemplar);
        try {
            service.startUp(application, settings.application());
        } catch (RuntimeException e) {
            service.close();
            throw e;
        }
        log.info(
                "{} takes requests at {}, management at port {}; started in {} ms",
                application.name(),
                service.running == null ? "no port" : service.running.place(),
                service.managementPort(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos));
        return service;
    }

    private <S> void startUp(Application<S> application, S applicationSettings) {
        bindProcessMetrics();
        health.addMisconfiguration(ports::misconfiguration);
        PortTls managementTls = ports.tls("management", settings.management());
        ManagementServer server = new ManagementServer(
                settings.management(),
                ports.managementConnections(settings.management()),
                managementTls,
                health,
                metrics);
        management = server;
        Future<String> managementUp = vertx.deployVerticle(server);
        running = await(
                managementUp
                        .recover(fault -> Future.failedFuture(
                                DataPort.cannotListen(settings.management().port(), "management.port", fault)))
                        .compose(up -> application.start(
                                applicationSettings, new ServiceContext(vertx, ports, metrics, health, traces()))),
                application.name());
        health.started();
    }

    /** Nothing of the tracing library is loaded where nobody wants spans. */
    private @Nullable OpenTelemetry traces() {
        TracingSettings tracing = settings.tracing();
        if (tracing == null) {
            return null;
        }
        SpanExport export = SpanExport.start(tracing, ProcessHandle.current().pid() + "@" + name, metrics);
        spanExport = export;
        return export.openTelemetry();
    }

    private void bindProcessMetrics() {
        new JvmMemoryMetrics().bindTo(metrics);
        gcMetrics.bindTo(metrics);
        new JvmThreadMetrics().bindTo(metrics);
        new ClassLoaderMetrics().bindTo(metrics);
        new ProcessorMetrics().bindTo(metrics);
        new UptimeMetrics().bindTo(metrics);
        new FileDescriptorMetrics().bindTo(metrics);
    }

    private static <T> T await(Future<T> future, String what) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IllegalStateException(what + " cannot start: " + cause.getMessage(), cause);
        } catch (TimeoutException e) {
            throw new IllegalStateException(what + " did not start within 60 s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(what + " was interrupted while starting", e);
        }
    }

    /** Returns the port that the application takes requests at; 0 before it runs. */
    public int port() {
        return running == null ? 0 : running.port();
    }

    /** Returns the port of health and metrics; 0 before it is served. */
    public int managementPort() {
        return management == null ? 0 : management.port();
    }

    /** Returns whether the application can work. */
    public boolean isReady() {
        return health.isReady();
    }

    /**
     * Stops in order: readiness falls, the application still serves for the delay, requests in flight finish, everything is
     * released. Blocks until then, for a bounded time. A second call has no effect.
     *
     * @return whether everything stopped in time
     */
    public boolean stop() {
        if (!stopped.compareAndSet(false, true)) {
            return true;
        }
        health.stopping();
        ports.drain();
        log.info(
                "{} is stopping: readiness fell, requests are served for another {} ms",
                name,
                settings.shutdownDelay().toMillis());
        return release(settings.shutdownDelay());
    }

    /** Stops without the delay. Requests in flight finish. */
    @Override
    public void close() {
        if (stopped.compareAndSet(false, true)) {
            health.stopping();
            ports.drain();
            release(Duration.ZERO);
        }
    }

    private void closeSpanExport() {
        if (spanExport != null) {
            try {
                spanExport.close();
            } catch (Exception e) {
                log.warn("{} could not send its last spans", name, e);
            }
        }
    }

    private static void await(Future<?> future, Duration longest)
            throws ExecutionException, TimeoutException, InterruptedException {
        future.toCompletionStage().toCompletableFuture().get(longest.toMillis(), TimeUnit.MILLISECONDS);
    }

    private boolean release(Duration delay) {
        Duration timeout = settings.shutdownTimeout();
        Future<?> delayed =
                delay.isZero() ? Future.succeededFuture() : vertx.timer(delay.toMillis(), TimeUnit.MILLISECONDS);
        Future<Void> stoppedServing = delayed.compose(
                        passed -> running == null ? Future.succeededFuture() : running.stop(timeout))
                .recover(fault -> {
                    log.warn("{} did not stop cleanly", name, fault);
                    return Future.succeededFuture();
                });
        try {
            await(stoppedServing, delay.plus(timeout).plus(STOP_MARGIN));
            // A separate wait: the timer's future completes on an event loop that this call ends.
            await(vertx.close(), STOP_MARGIN);
            log.info("{} has stopped", name);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            log.warn("{} did not stop in time", name, e);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            closeSpanExport();
            gcMetrics.close();
            metrics.close();
        }
    }
}

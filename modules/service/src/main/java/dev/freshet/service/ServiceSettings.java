package dev.freshet.service;

import dev.freshet.service.config.Settings;
import dev.freshet.service.port.PortSettings;
import dev.freshet.service.trace.TracingSettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The settings that publisher and subscriber share. Immutable.
 *
 * @param management the management port
 * @param shutdownDelay how long the process still serves after readiness fell, so that load balancers notice
 * @param shutdownTimeout how long requests in flight may take to finish
 * @param logLevel the lowest level that is logged
 * @param tracing where spans go; null: there are none
 */
public record ServiceSettings(
        PortSettings management,
        Duration shutdownDelay,
        Duration shutdownTimeout,
        LogLevel logLevel,
        @Nullable TracingSettings tracing) {

    /** The lowest level that is logged. */
    public enum LogLevel {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE
    }

    static ServiceSettings read(Settings settings, String application, int defaultManagementPort) {
        Settings shutdown = settings.section("shutdown");
        return new ServiceSettings(
                PortSettings.read(
                        settings.section("management"),
                        new PortSettings.Defaults(
                                "0.0.0.0",
                                defaultManagementPort,
                                Duration.ofSeconds(75),
                                256,
                                "health and metrics are served")),
                shutdown.duration(
                        "delay",
                        Duration.ofMillis(500),
                        Duration.ZERO,
                        Duration.ofMinutes(5),
                        "how long to still serve after readiness fell, so that load balancers notice"),
                shutdown.duration(
                        "timeout",
                        Duration.ofSeconds(5),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(5),
                        "how long requests in flight may take to finish"),
                settings.section("log").choice("level", LogLevel.INFO, "the lowest level that is logged"),
                TracingSettings.read(settings, application));
    }
}

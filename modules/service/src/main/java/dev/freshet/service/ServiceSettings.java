package dev.freshet.service;

import java.time.Duration;

/**
 * The settings that publisher and subscriber share. Immutable.
 *
 * @param managementHost the address of the management port
 * @param managementPort the management port; 0: any
 * @param shutdownDelay how long the process still serves after readiness fell, so that load balancers notice
 * @param shutdownTimeout how long requests in flight may take to finish
 * @param logLevel the lowest level that is logged
 */
public record ServiceSettings(
        String managementHost,
        int managementPort,
        Duration shutdownDelay,
        Duration shutdownTimeout,
        LogLevel logLevel) {

    /** The lowest level that is logged. */
    public enum LogLevel {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE
    }

    static ServiceSettings read(Settings settings, int defaultManagementPort) {
        Settings management = settings.section("management");
        Settings shutdown = settings.section("shutdown");
        return new ServiceSettings(
                management.text("host", "0.0.0.0", "the address that health and metrics are served at"),
                management.integer("port", defaultManagementPort, 0, 65_535, "the port of health and metrics; 0: any"),
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
                settings.section("log").choice("level", LogLevel.INFO, "the lowest level that is logged"));
    }
}

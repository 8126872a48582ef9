package dev.freshet.publisher.configuration;

import dev.freshet.service.Settings;
import java.time.Duration;

/**
 * The settings of the data port.
 *
 * @param host the address to listen at
 * @param port the port to listen at; 0: any
 * @param maximumBodyBytes the largest body that is one JSON object, in bytes
 * @param maximumLineBytes the longest line of a stream, in bytes
 * @param idleTimeout after how long without a byte a connection is closed
 * @param maximumConnections how many connections may be open at a time
 */
public record HttpSettings(
        String host,
        int port,
        int maximumBodyBytes,
        int maximumLineBytes,
        Duration idleTimeout,
        int maximumConnections) {

    private static final int MEBIBYTE = 1 << 20;

    static HttpSettings read(Settings settings) {
        return new HttpSettings(
                settings.text("host", "0.0.0.0", "the address that changes are taken in at"),
                settings.integer("port", 8700, 0, 65_535, "the port that changes are taken in at; 0: any"),
                Math.toIntExact(settings.bytes(
                        "maximum-body", MEBIBYTE, 64, 64 * MEBIBYTE, "the largest body that is one JSON object")),
                Math.toIntExact(settings.bytes(
                        "maximum-line", MEBIBYTE, 64, 64 * MEBIBYTE, "the longest line of an NDJSON stream")),
                settings.duration(
                        "idle-timeout",
                        Duration.ofSeconds(75),
                        Duration.ofSeconds(1),
                        Duration.ofHours(1),
                        "after how long without a byte a connection is closed"),
                settings.integer(
                        "maximum-connections",
                        10_000,
                        1,
                        1_000_000,
                        "how many connections may be open at a time; one more is closed at once"));
    }
}

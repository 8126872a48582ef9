package dev.freshet.subscriber.configuration;

import dev.freshet.service.Settings;
import dev.freshet.service.Units;
import java.time.Duration;

/**
 * The settings of the data port.
 *
 * @param host the address to listen at
 * @param port the port to listen at; 0: any
 * @param maximumEntryBytes the largest value that is stored, in bytes
 * @param minPositionWait how long a read with {@code Min-Position} waits at most
 * @param maximumLoadWait how long a read with {@code Prefer: wait} waits for another load at most
 * @param idleTimeout after how long without a byte a connection is closed
 */
public record HttpSettings(
        String host,
        int port,
        int maximumEntryBytes,
        Duration minPositionWait,
        Duration maximumLoadWait,
        Duration idleTimeout) {

    private static final int KIBIBYTE = 1024;
    private static final int MEBIBYTE = 1024 * KIBIBYTE;

    static HttpSettings read(Settings settings) {
        Duration minPositionWait = settings.duration(
                "min-position-wait",
                Duration.ofSeconds(1),
                Duration.ZERO,
                Duration.ofMinutes(1),
                "how long a read with Min-Position waits at most");
        Duration maximumLoadWait = settings.duration(
                "maximum-load-wait",
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                Duration.ofMinutes(1),
                "how long a read with Prefer: wait waits for another load at most");
        Duration idleTimeout = settings.duration(
                "idle-timeout",
                Duration.ofSeconds(60),
                Duration.ofSeconds(1),
                Duration.ofHours(1),
                "after how long without a byte a connection is closed");
        if (idleTimeout.compareTo(minPositionWait) <= 0) {
            settings.fault(
                    "idle-timeout",
                    "must be longer than min-position-wait, " + Units.format(minPositionWait)
                            + ", or waiting reads are cut off");
        } else if (settings.has("maximum-load-wait") && idleTimeout.compareTo(maximumLoadWait) <= 0) {
            settings.fault(
                    "idle-timeout",
                    "must be longer than maximum-load-wait, " + Units.format(maximumLoadWait)
                            + ", or waiting reads are cut off");
        }
        return new HttpSettings(
                settings.text("host", "127.0.0.1", "the address that entries are served at"),
                settings.integer("port", 8710, 0, 65_535, "the port that entries are served at; 0: any"),
                Math.toIntExact(settings.bytes(
                        "maximum-entry", MEBIBYTE, 1, 256 * MEBIBYTE, "the largest value that is stored")),
                minPositionWait,
                maximumLoadWait,
                idleTimeout);
    }
}

package dev.freshet.subscriber.configuration;

import dev.freshet.service.config.Settings;
import dev.freshet.service.config.Units;
import dev.freshet.service.port.PortSettings;
import dev.freshet.service.port.SocketSettings;
import dev.freshet.service.rights.Exposure;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the data port.
 *
 * @param port how it treats its clients
 * @param tokensFile who may do what; null: everybody may do everything
 * @param maximumEntryBytes the largest value that is stored, in bytes
 * @param minPositionWait how long a read with {@code Min-Position} waits at most
 * @param maximumLoadWait how long a read with {@code Prefer: wait} waits for another load at most
 */
public record HttpSettings(
        PortSettings port,
        @Nullable Path tokensFile,
        int maximumEntryBytes,
        Duration minPositionWait,
        Duration maximumLoadWait) {

    /** A key of 512 bytes takes three characters a byte; the rest of the path takes fewer than a hundred. */
    private static final int MAX_REQUEST_LINE_BYTES = 4096;

    /** Holds the maximum number of tags of an entry, unless most of them have the maximum length. */
    private static final int MAX_HEADER_BYTES = 64 * 1024;

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
        PortSettings port = PortSettings.read(settings, Exposure.SUBSCRIBER.defaults())
                .withHead(MAX_REQUEST_LINE_BYTES, MAX_HEADER_BYTES)
                .at(SocketSettings.read(settings));
        Duration idleTimeout = port.idleTimeout();
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
                port,
                settings.file(
                        "tokens-file",
                        "who may do what: a line for each token, as ./freshet token makes it; read again when it changes"),
                Math.toIntExact(settings.bytes(
                        "maximum-entry", MEBIBYTE, 1, 256 * MEBIBYTE, "the largest value that is stored")),
                minPositionWait,
                maximumLoadWait);
    }
}

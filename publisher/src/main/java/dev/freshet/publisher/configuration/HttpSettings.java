package dev.freshet.publisher.configuration;

import dev.freshet.service.config.Settings;
import dev.freshet.service.port.PortSettings;
import dev.freshet.service.rights.Exposure;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the data port.
 *
 * @param port how it treats its clients
 * @param tokensFile who may do what; null: everybody may do everything
 * @param maximumBodyBytes the largest body that is one JSON object, in bytes
 * @param maximumLineBytes the longest line of a stream, in bytes
 */
public record HttpSettings(PortSettings port, @Nullable Path tokensFile, int maximumBodyBytes, int maximumLineBytes) {

    private static final int MEBIBYTE = 1 << 20;

    static HttpSettings read(Settings settings) {
        return new HttpSettings(
                PortSettings.read(settings, Exposure.PUBLISHER.defaults()),
                settings.file(
                        "tokens-file",
                        "who may do what: a line for each token, as ./freshet token makes it; read again when it changes"),
                Math.toIntExact(settings.bytes(
                        "maximum-body", MEBIBYTE, 64, 64 * MEBIBYTE, "the largest body that is one JSON object")),
                Math.toIntExact(settings.bytes(
                        "maximum-line", MEBIBYTE, 64, 64 * MEBIBYTE, "the longest line of an NDJSON stream")));
    }
}

package dev.freshet.service.port;

import dev.freshet.service.config.Settings;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of a port that speaks TLS, all in PEM. Immutable.
 *
 * @param certificate the certificate to show, and those between it and its authority
 * @param key its private key, without a password
 * @param clientCa the authorities that clients' certificates must be from; null: clients need none
 */
public record TlsSettings(
        Path certificate, Path key, @Nullable Path clientCa) {

    /** Reads the section {@code tls} of a port; null if the port is to speak plain HTTP. The files are not read yet. */
    static @Nullable TlsSettings read(Settings port) {
        Settings tls = port.section("tls");
        Path certificate =
                tls.file("certificate", "the certificate to show to clients, in PEM; read again when it changes");
        Path key = tls.file("key", "its private key, in PEM without a password");
        Path clientCa = tls.file("client-ca", "the authorities that clients must have a certificate from, in PEM");
        if (certificate == null || key == null) {
            String needed = certificate == null ? "certificate" : "key";
            Stream.of("certificate", "key", "client-ca")
                    .filter(tls::has)
                    .findFirst()
                    .ifPresent(present -> tls.fault(present, "must come with " + needed));
            return null;
        }
        return new TlsSettings(certificate, key, clientCa);
    }

    /** Returns all files. */
    List<Path> files() {
        return clientCa == null ? List.of(certificate, key) : List.of(certificate, key, clientCa);
    }
}

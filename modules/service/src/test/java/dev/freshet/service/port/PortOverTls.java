package dev.freshet.service.port;

import dev.freshet.bus.secret.SecretFiles;
import dev.freshet.service.TestService;
import dev.freshet.service.hostile.RawConnection;
import dev.freshet.testkit.TestCertificates;
import dev.freshet.testkit.TestCertificates.Issued;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A port that speaks TLS with certificates in files, and what calls it. */
@SuppressWarnings("NullAway.Init") // before all tests, and each
abstract class PortOverTls {

    static final String GET = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";
    static final long WATCH_MILLIS = 50;
    static final int PATIENCE_MILLIS = 60_000;

    @TempDir
    static Path all;

    static TestCertificates authority;
    static Issued first;
    static Issued client;

    @TempDir
    Path folder;

    final Vertx vertx = Vertx.vertx();
    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    final Ports ports = new Ports(vertx, metrics, WATCH_MILLIS);

    @BeforeAll
    static void issue() throws IOException {
        authority = TestCertificates.in(Files.createDirectory(all.resolve("authority")));
        first = authority.issue("first");
        client = authority.issue("client", "EC", TestCertificates.LOOPBACK);
    }

    @BeforeEach
    void use() throws IOException {
        use(first);
        copy(authority.ca(), "ca.pem");
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    /** Replaces a file as a whole, as everybody should. */
    void copy(Path from, String name) throws IOException {
        Path written = folder.resolve(name + ".new");
        Files.copy(from, written, StandardCopyOption.REPLACE_EXISTING);
        Files.move(written, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    void use(Issued pair) throws IOException {
        copy(pair.certificate(), "tls.crt");
        copy(pair.key(), "tls.key");
    }

    String file(String name) {
        return folder.resolve(name).toString();
    }

    int listen(String... more) throws Exception {
        List<String> settings =
                new ArrayList<>(List.of("http.tls.certificate", file("tls.crt"), "http.tls.key", file("tls.key")));
        settings.addAll(List.of(more));
        return ports.listen(
                        TestService.port(settings.toArray(String[]::new)),
                        () -> request -> request.body().onSuccess(body -> request.response()
                                .end(body.length() == 0 ? "fine" : body.toString())))
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS)
                .number();
    }

    static SSLContext trusting(@Nullable Issued shown) {
        return shown == null
                ? SecretFiles.clientContext(authority.ca(), null, null)
                : SecretFiles.clientContext(authority.ca(), shown.certificate(), shown.key());
    }

    static RawConnection connect(int port) {
        return RawConnection.tls(port, PATIENCE_MILLIS, trusting(null));
    }

    static int get(int port, SSLContext tls) {
        try (RawConnection connection = RawConnection.tls(port, PATIENCE_MILLIS, tls)) {
            return connection.send(GET).read().status();
        }
    }

    static String shownAt(int port) {
        try (RawConnection connection = connect(port)) {
            return String.valueOf(connection.serverCertificate());
        }
    }

    double closed(String reason) {
        return metrics.counter("freshet.http.connections.closed", "port", "data", "reason", reason)
                .count();
    }

    double misconfigured() {
        return metrics.get("freshet.files.misconfigured")
                .tag("setting", "http.tls")
                .gauge()
                .value();
    }
}

package dev.freshet.service.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.service.TestService;
import dev.freshet.service.config.Configuration;
import dev.freshet.service.config.Settings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A port that is a unix socket. */
@SuppressWarnings("NullAway.Init") // before each test
final class UnixSocketTest {

    private static final String GET = "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    /** Short, because the address of a socket is. */
    @TempDir
    private Path folder;

    private Path socket;

    private final Vertx vertx = Vertx.vertx();
    private final Ports ports = new Ports(vertx, new SimpleMeterRegistry());

    @BeforeEach
    void name() {
        socket = folder.resolve("freshet.sock");
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private DataPort listen(Ports at, String... more) throws Exception {
        String[] settings = Stream.concat(Stream.of("http.socket", socket.toString()), Stream.of(more))
                .toArray(String[]::new);
        return await(at.listen(
                TestService.port(settings),
                () -> request ->
                        request.body().onSuccess(body -> request.response().end("fine"))));
    }

    private String exchange(String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                InputStream in = Channels.newInputStream(channel)) {
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private List<Path> filesInFolder() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void requestsAreAnsweredAndTheSocketGoesWithThePort() throws Exception {
        DataPort port = listen(ports);

        assertThat(exchange(GET)).startsWith("HTTP/1.1 200 OK").endsWith("fine");
        assertThat(port.number()).isZero();
        assertThat(port.place()).isEqualTo("socket " + socket);
        assertThat(filesInFolder()).containsExactly(socket);
        await(port.stop(Duration.ZERO));
        assertThat(filesInFolder()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0600, rw-------", "0660, rw-rw----", "666, rw-rw-rw-"})
    void theModeSaysWhoMayConnect(String mode, String permissions) throws Exception {
        assertThat(listen(ports, "http.socket-mode", mode)).isNotNull();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo(permissions);
    }

    @Test
    void onlyTheOwnerMayConnectUnlessToldOtherwise() throws Exception {
        assertThat(listen(ports)).isNotNull();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-------");
    }

    @Test
    void theSocketOfAKilledProcessIsReplaced() throws Exception {
        try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(Files.exists(socket)).isTrue();

        assertThat(listen(ports)).isNotNull();
        assertThat(exchange(GET)).startsWith("HTTP/1.1 200 OK");
    }

    @Test
    void theSocketOfALivingProcessStays() throws Exception {
        assertThat(listen(ports)).isNotNull();
        Vertx another = Vertx.vertx();
        try {
            assertThatThrownBy(() -> listen(new Ports(another, new SimpleMeterRegistry())))
                    .hasMessageContaining(socket.toString())
                    .hasMessageContaining("http.socket")
                    .hasMessageContaining("another process listens there");
        } finally {
            await(another.close());
        }
        assertThat(exchange(GET)).startsWith("HTTP/1.1 200 OK");
        assertThat(filesInFolder()).containsExactly(socket);
    }

    @Test
    void aProcessThatWasReplacedLeavesTheSocketOfItsSuccessor() throws Exception {
        DataPort former = listen(ports);
        Files.delete(socket);
        Vertx another = Vertx.vertx();
        try {
            assertThat(listen(new Ports(another, new SimpleMeterRegistry()))).isNotNull();
            await(former.stop(Duration.ZERO));
            assertThat(exchange(GET)).startsWith("HTTP/1.1 200 OK");
        } finally {
            await(another.close());
        }
    }

    @Test
    void aFolderThatIsNotThereIsNamed() {
        socket = folder.resolve("missing").resolve("freshet.sock");

        assertThatThrownBy(() -> listen(ports))
                .hasMessageContaining(socket.toString())
                .hasMessageContaining("http.socket");
    }

    @Test
    void itIsGuardedAsAPortIs() throws Exception {
        assertThat(listen(ports, "http.idle-timeout", "300ms")).isNotNull();

        assertThat(exchange(
                        "GET /x HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.com\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(exchange("GET /x HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
        assertThat(exchange("GET /x HTTP/1.1\r\n")).isEmpty(); // closed after the idle timeout
        Awaitility.await().until(() -> ports.openConnections() == 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"600x", "0999", "rw", "77777", "-600"})
    void aModeIsThreeOctalDigits(String mode) {
        assertThatThrownBy(() -> TestService.port("http.socket", "a.sock", "http.socket-mode", mode))
                .hasMessageContaining("http.socket-mode: must have three octal digits");
    }

    @Test
    void aSocketReplacesHostAndPort() {
        assertThatThrownBy(() -> read("http.socket", "a.sock", "http.port", "1", "http.host", "127.0.0.1"))
                .hasMessageContaining("http.port: must not be set together with socket")
                .hasMessageContaining("http.host: must not be set together with socket");
        assertThatThrownBy(() -> read("http.socket-mode", "0600")).hasMessageContaining("must come with socket");
        assertThatThrownBy(() -> read("http.socket", "/" + "a".repeat(80)))
                .hasMessageContaining("http.socket: must be a path of at most 80 bytes");
        assertThat(Objects.requireNonNull(read("http.socket", "a.sock")).mode()).isEqualTo("0600");
    }

    private static @Nullable SocketSettings read(String... settings) {
        return Configuration.of(settings)
                .read(all -> new Read(SocketSettings.read(declared(all))))
                .settings();
    }

    private record Read(@Nullable SocketSettings settings) {}

    private static Settings declared(Settings all) {
        Settings http = all.section("http");
        assertThat(http.text("host", "", "the host")).isNotNull();
        assertThat(http.integer("port", 0, 0, 1, "the port")).isNotNegative();
        return http;
    }
}

package dev.freshet.subscriber.resp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.RedisServer;
import dev.freshet.testkit.TestCertificates;
import dev.freshet.testkit.TestCertificates.Issued;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The end of a connection: each side gets what the other sent before it closed. */
class RespEndTest {

    /** What the end depends on is who is faster, so that one connection proves little. */
    private static final int CONNECTIONS = 15;

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    @Test
    void aClientThatKeepsSendingReadsTheErrorThatRedisClosedItWith() throws IOException {
        try (Sidecar sidecar = Sidecar.start(redis.uri())) {
            for (String malformed : new String[] {"\0", "*\0", "$\0"}) {
                for (int i = 0; i < CONNECTIONS / 3; i++) {
                    assertThat(lastLineOf(sidecar.port(), malformed, "A".repeat(1024) + "\n"))
                            .startsWith("-ERR Protocol error");
                }
            }
            await().until(() -> sidecar.metric("freshet_resp_connections") == 0);
        }
    }

    @Test
    void aClientThatEndedItsCommandsReadsAllAnswers() throws IOException {
        try (Sidecar sidecar = Sidecar.start(redis.uri())) {
            for (int i = 0; i < CONNECTIONS; i++) {
                try (Wire wire = new Wire(sidecar.port())) {
                    wire.send(
                            "SET user:end 7\r\nEVAL \"return 8\" 0\r\nFRESHET.GET user:none\r\nGET user:end\r\nPING\r\n");
                    wire.endOutput();
                    assertThat(wire.lines(2)).containsExactly("+OK", ":8");
                    wire.skipTo("$1");
                    assertThat(wire.lines(2)).containsExactly("7", "+PONG");
                    assertThat(wire.isAtEnd()).isTrue();
                }
            }
            await().until(() -> sidecar.metric("freshet_resp_connections") == 0);
        }
    }

    @Test
    void aClientThatEndsWithoutACommandIsClosed() throws IOException {
        try (Sidecar sidecar = Sidecar.start(redis.uri());
                Wire wire = new Wire(sidecar.port())) {
            await().until(() -> sidecar.metric("freshet_resp_connections") == 1);
            wire.endOutput();
            assertThat(wire.isAtEnd()).isTrue();
        }
    }

    @Test
    void aClientThatIsRefusedWhileItKeepsSendingReadsWhy(@TempDir Path folder) throws IOException {
        TestCertificates authority = TestCertificates.in(folder);
        Issued port = authority.issue("port");
        try (RedisServer own = RedisServer.builder().start();
                Sidecar sidecar = Sidecar.start(
                        "redis://127.0.0.1:" + own.port(),
                        "resp.tls.certificate",
                        port.certificate().toString(),
                        "resp.tls.key",
                        port.key().toString())) {
            for (int i = 0; i < CONNECTIONS; i++) {
                assertThat(lastLineOf(sidecar.port(), "PING\r\n", "PING\r\n".repeat(100)))
                        .isEqualTo("-ERR this port speaks TLS only");
            }
            try (Wire wire = new Wire(sidecar.port())) {
                wire.send("PING\r\n");
                assertThat(wire.line()).isEqualTo("-ERR this port speaks TLS only");
                assertThat(wire.isAtEnd())
                        .as("nothing of TLS behind the sentence")
                        .isTrue();
            }
        }
    }

    /** Sends until that fails, and only then reads. */
    private static String lastLineOf(int port, String first, String then) throws IOException {
        try (Wire wire = new Wire(port)) {
            wire.send(first);
            try {
                while (true) {
                    wire.send(then);
                }
            } catch (IOException closed) {
                return wire.line();
            }
        }
    }
}

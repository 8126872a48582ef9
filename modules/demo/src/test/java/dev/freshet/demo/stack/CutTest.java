package dev.freshet.demo.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CutTest {

    private static final int TIMEOUT_MILLIS = 20_000;

    @SuppressWarnings("NullAway.Init") // set by open
    private ServerSocket server;

    @SuppressWarnings("NullAway.Init") // set by open
    private Cut cut;

    @BeforeEach
    void open() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        server.setSoTimeout(TIMEOUT_MILLIS);
        cut = Cut.to("127.0.0.1", server.getLocalPort());
    }

    @AfterEach
    void close() throws IOException {
        cut.close();
        server.close();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), cut.port());
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return socket;
    }

    @Test
    void bytesPassBothWaysUntilItIsCut() throws IOException {
        try (Socket client = connect();
                Socket accepted = server.accept()) {
            accepted.setSoTimeout(TIMEOUT_MILLIS);
            client.getOutputStream().write("there".getBytes(StandardCharsets.US_ASCII));
            assertThat(accepted.getInputStream().readNBytes(5)).asString().isEqualTo("there");
            accepted.getOutputStream().write("back".getBytes(StandardCharsets.US_ASCII));
            assertThat(client.getInputStream().readNBytes(4)).asString().isEqualTo("back");

            cut.cut();

            assertThat(client.getInputStream().read()).isEqualTo(-1);
            assertThat(accepted.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void whileItIsCutNobodyGetsThroughAndAfterwardsEverybody() throws IOException {
        cut.cut();
        try (Socket refused = connect()) {
            assertThat(refused.getInputStream().read()).isEqualTo(-1);
        }
        cut.heal();
        try (Socket client = connect();
                Socket accepted = server.accept()) {
            accepted.getOutputStream().write('x');
            assertThat(client.getInputStream().read()).isEqualTo('x');
        }
    }

    @Test
    void theEndOfTheServerIsTheEndOfTheConnection() throws IOException {
        try (Socket client = connect()) {
            server.accept().close();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
    }
}

package dev.freshet.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.testkit.FaultProxy.Direction;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FaultProxyTest {

    /** How long a test waits before it considers a connection silent. */
    private static final int SILENCE_MILLIS = 300;

    private final ServerSocket listener = LoopbackPorts.listen();
    private final FaultProxy proxy = FaultProxy.to("127.0.0.1", listener.getLocalPort());
    private final BlockingQueue<Socket> served = new LinkedBlockingQueue<>();

    FaultProxyTest() {
        Thread thread = new Thread(() -> {
            try {
                while (true) {
                    served.add(listener.accept());
                }
            } catch (IOException closed) {
                // The test is over.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        listener.close();
    }

    @Test
    void passesBytesBothWaysAndTheEndAsWell() throws Exception {
        try (Pair pair = connect()) {
            pair.client.getOutputStream().write("question".getBytes(UTF_8));
            assertThat(read(pair.server, 8)).isEqualTo("question");
            pair.server.getOutputStream().write("answer".getBytes(UTF_8));
            assertThat(read(pair.client, 6)).isEqualTo("answer");

            pair.client.shutdownOutput();
            assertThat(pair.server.getInputStream().read()).isEqualTo(-1);
            pair.server.close();
            assertThat(pair.client.getInputStream().read()).isEqualTo(-1);
            await().until(() -> proxy.openConnections() == 0);
            assertThat(proxy.passedBytes(Direction.TO_SERVER)).isEqualTo(8);
            assertThat(proxy.passedBytes(Direction.TO_CLIENT)).isEqualTo(6);
        }
    }

    @Test
    void passesMegabytesUnchanged() throws Exception {
        byte[] sent = new byte[5_000_000];
        new java.util.Random(1).nextBytes(sent);
        try (Pair pair = connect()) {
            Thread writer = new Thread(() -> {
                try {
                    pair.client.getOutputStream().write(sent);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            writer.start();
            assertThat(pair.server.getInputStream().readNBytes(sent.length)).isEqualTo(sent);
            writer.join();
        }
    }

    @Test
    void latencyDelaysButLosesNothingAndHealingEndsIt() throws Exception {
        try (Pair pair = connect()) {
            proxy.latency(Duration.ofHours(1), Direction.TO_CLIENT);
            pair.server.getOutputStream().write("late".getBytes(UTF_8));
            pair.client.getOutputStream().write("prompt".getBytes(UTF_8));

            assertThat(read(pair.server, 6)).isEqualTo("prompt");
            assertSilent(pair.client);

            proxy.latency(Duration.ofMillis(50));
            assertThat(read(pair.client, 4)).isEqualTo("late");
            proxy.latency(Duration.ofHours(1));
            pair.server.getOutputStream().write("more".getBytes(UTF_8));
            proxy.heal();
            assertThat(read(pair.client, 4)).isEqualTo("more");
        }
    }

    @Test
    void aCutClosesWhatIsOpenAndRefusesWhatIsNewUntilHealed() throws Exception {
        int port = proxy.port();
        try (Pair pair = connect()) {
            proxy.cut();

            assertThat(pair.client.getInputStream().read()).isEqualTo(-1);
            assertThat(pair.server.getInputStream().read()).isEqualTo(-1);
            assertThat(proxy.openConnections()).isZero();
            assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
        }
        proxy.heal();
        assertThat(proxy.port()).isEqualTo(port);
        assertPasses();
    }

    @Test
    void droppedConnectionsCanBeReplacedAtOnce() throws Exception {
        try (Pair pair = connect()) {
            proxy.dropConnections();
            assertThat(pair.client.getInputStream().read()).isEqualTo(-1);
        }
        assertPasses();
        assertThat(proxy.acceptedConnections()).isEqualTo(2);
    }

    @Test
    void aBlackholeBothWaysSwallowsEverythingAndKeepsConnectionsOpen() throws Exception {
        try (Pair pair = connect()) {
            proxy.blackhole();
            pair.client.getOutputStream().write("lost".getBytes(UTF_8));
            pair.server.getOutputStream().write("lost".getBytes(UTF_8));

            assertSilent(pair.client);
            assertSilent(pair.server);
            assertThat(proxy.openConnections()).isOne();
        }
    }

    @Test
    void aBlackholeOneWayLetsTheOtherWayThrough() throws Exception {
        try (Pair pair = connect()) {
            proxy.blackhole(Direction.TO_CLIENT);
            pair.client.getOutputStream().write("heard".getBytes(UTF_8));
            pair.server.getOutputStream().write("lost".getBytes(UTF_8));

            assertThat(read(pair.server, 5)).isEqualTo("heard");
            assertSilent(pair.client);
        }
    }

    @Test
    void inABlackholeTheOtherEndDoesNotLearnOfAClose() throws Exception {
        try (Pair pair = connect()) {
            proxy.blackhole(Direction.TO_SERVER);
            pair.client.close();
            assertSilent(pair.server);

            proxy.heal();
            assertThat(pair.server.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void healingABlackholeResetsOnlyTheConnectionsThatLostBytes() throws Exception {
        try (Pair losing = connect();
                Pair quiet = connect()) {
            proxy.blackhole(Direction.TO_CLIENT);
            losing.server.getOutputStream().write("lost".getBytes(UTF_8));
            assertSilent(losing.client);
            proxy.heal();

            assertThatThrownBy(() -> losing.client.getInputStream().read()).isInstanceOf(SocketException.class);
            quiet.server.getOutputStream().write("fine".getBytes(UTF_8));
            assertThat(read(quiet.client, 4)).isEqualTo("fine");
        }
    }

    @Test
    void whatWasStalledIsDeliveredOnHealing() throws Exception {
        try (Pair pair = connect()) {
            proxy.stall(Direction.TO_SERVER);
            pair.client.getOutputStream().write("held".getBytes(UTF_8));
            assertSilent(pair.server);

            proxy.heal();
            assertThat(read(pair.server, 4)).isEqualTo("held");
        }
    }

    @Test
    void aDripIsFeltByTheSenderAndEndsWithHealing() throws Exception {
        byte[] sent = new byte[20_000_000];
        try (Pair pair = connect()) {
            proxy.drip(1, Direction.TO_CLIENT);
            Thread writer = new Thread(() -> {
                try {
                    pair.server.getOutputStream().write(sent);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            writer.start();
            assertThat(pair.client.getInputStream().read()).isZero();
            assertThat(writer.isAlive()).isTrue();

            proxy.heal();
            assertThat(pair.client.getInputStream().readNBytes(sent.length - 1)).hasSize(sent.length - 1);
            writer.join();
        }
    }

    @Test
    void aResetComesAfterExactlySoManyBytesOnEachConnection() throws Exception {
        proxy.resetAfter(5, Direction.TO_CLIENT);
        for (int i = 0; i < 2; i++) {
            try (Pair pair = connect()) {
                pair.server.getOutputStream().write("12345678".getBytes(UTF_8));
                assertThat(read(pair.client, 5)).isEqualTo("12345");
                assertThatThrownBy(() -> pair.client.getInputStream().read()).isInstanceOf(SocketException.class);
                assertThatThrownBy(() -> pair.server.getInputStream().read()).isInstanceOf(SocketException.class);
            }
        }
        proxy.heal();
        assertPasses();
    }

    @Test
    void aResetCountsFromItsOrder() throws Exception {
        try (Pair pair = connect()) {
            pair.client.getOutputStream().write("12345678".getBytes(UTF_8));
            assertThat(read(pair.server, 8)).isEqualTo("12345678");
            proxy.resetAfter(2, Direction.TO_SERVER);
            pair.client.getOutputStream().write("abc".getBytes(UTF_8));
            assertThat(read(pair.server, 2)).isEqualTo("ab");
            assertThatThrownBy(() -> pair.server.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void aServerThatIsDownClosesTheClientsConnection() throws Exception {
        try (FaultProxy before = FaultProxy.to("127.0.0.1", LoopbackPorts.free());
                Socket client = new Socket(before.host(), before.port())) {
            client.setSoTimeout(60_000);
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void standsBetweenAClientAndARedis() throws Exception {
        try (RedisServer redis = RedisServer.started();
                FaultProxy between = FaultProxy.to(redis);
                RespConnection client = RespConnection.open(between.host(), between.port(), Duration.ofSeconds(60))) {
            assertThat(client.call("PING")).isEqualTo("PONG");
            assertThat(between.redisUri()).isEqualTo("redis://127.0.0.1:" + between.port());
            between.cut();
            assertThatThrownBy(() -> client.call("PING")).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aMoveLeadsNewConnectionsToTheOtherServerAndLeavesOpenOnesWhereTheyAre() throws Exception {
        try (RedisServer one = RedisServer.started();
                RedisServer other = RedisServer.started();
                FaultProxy between = FaultProxy.to(one);
                RespConnection old = RespConnection.open(between.host(), between.port(), Duration.ofSeconds(10))) {
            old.call("SET", "who", "one");
            between.moveTo(other);
            try (RespConnection fresh = RespConnection.open(between.host(), between.port(), Duration.ofSeconds(10))) {
                assertThat(fresh.call("GET", "who")).isEmpty();
            }
            assertThat(old.call("GET", "who")).isEqualTo("one");
        }
    }

    @Test
    void refusesNonsense() {
        assertThatThrownBy(() -> proxy.drip(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> proxy.resetAfter(-1, Direction.TO_CLIENT))
                .isInstanceOf(IllegalArgumentException.class);
        proxy.close();
        assertThatThrownBy(proxy::heal).isInstanceOf(IllegalStateException.class);
    }

    private void assertPasses() throws Exception {
        try (Pair pair = connect()) {
            pair.client.getOutputStream().write("works".getBytes(UTF_8));
            assertThat(read(pair.server, 5)).isEqualTo("works");
        }
    }

    private static void assertSilent(Socket socket) throws IOException {
        int before = socket.getSoTimeout();
        socket.setSoTimeout(SILENCE_MILLIS);
        assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        socket.setSoTimeout(before);
    }

    private static String read(Socket socket, int bytes) throws IOException {
        return new String(socket.getInputStream().readNBytes(bytes), UTF_8);
    }

    private Pair connect() throws IOException, InterruptedException {
        Socket client = new Socket(proxy.host(), proxy.port());
        Socket server = served.poll(60, TimeUnit.SECONDS);
        assertThat(server).isNotNull();
        // A read that never returns fails the test instead of blocking it.
        client.setSoTimeout(60_000);
        server.setSoTimeout(60_000);
        return new Pair(client, server);
    }

    /** The two ends of a connection through the proxy. */
    private record Pair(Socket client, Socket server) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }
}

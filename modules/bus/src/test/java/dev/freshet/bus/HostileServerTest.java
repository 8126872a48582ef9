package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import dev.freshet.testkit.ScriptedServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Something answers at the port of Redis that is none, or is not what it should be: said in words, bounded, and survived. */
class HostileServerTest {

    private static final Duration WATCHED = Duration.ofMillis(500);

    /** With backoff from 50 ms to 2 s: at first about four attempts each in half a second, each of a few connections; later fewer. */
    private static final int MAX_CONNECTIONS = 50;

    private static final int MAX_MORE_EACH_SECOND = 10;

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private final List<String> whys = new CopyOnWriteArrayList<>();

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] noise() {
        byte[] noise = new byte[4096];
        new Random(3).nextBytes(noise);
        return noise;
    }

    static Stream<Arguments> nonsense() {
        return Stream.of(
                Arguments.of("an HTTP server", answering("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")),
                Arguments.of("random bytes", ScriptedServer.answering(noise())),
                Arguments.of("a flood of random bytes", ScriptedServer.flooding(noise())),
                Arguments.of("a number to everything", answering(":1\r\n:1\r\n:1\r\n")),
                Arguments.of("a text to everything", answering("+OK\r\n+OK\r\n+OK\r\n")),
                Arguments.of("an empty list to everything", answering("*0\r\n*0\r\n*0\r\n")),
                Arguments.of("nothing to everything", answering("$-1\r\n$-1\r\n$-1\r\n")),
                Arguments.of("a flood of lists", ScriptedServer.flooding(bytes("*1\r\n+x\r\n"))),
                Arguments.of("a claim of 2 GB", answering("$2147483647\r\n")),
                Arguments.of("a claim of 2,000,000,000 elements", answering("*2000000000\r\n")),
                Arguments.of("lists without end", ScriptedServer.flooding(bytes("*1\r\n"))),
                Arguments.of("a line without end", ScriptedServer.flooding(bytes("+" + "x".repeat(4096)))),
                Arguments.of("a hang-up", (ScriptedServer.Behaviour) (in, out) -> {}));
    }

    private static ScriptedServer.Behaviour answering(String text) {
        return ScriptedServer.answering(bytes(text));
    }

    private static UnavailableException refusal(CompletableFuture<?> answer) {
        try {
            answer.join();
        } catch (CompletionException e) {
            return (UnavailableException) Objects.requireNonNull(e.getCause());
        }
        throw new AssertionError("it was done: " + answer.join());
    }

    /** Gives up soon what never comes. */
    private static RedisConfig impatient(String uri) {
        return RedisConfig.of(uri).withTimeouts(Duration.ofSeconds(1), Duration.ofMillis(300));
    }

    private Publisher publisher(ScriptedServer server) {
        return open.closing(Publisher.connect(PublisherConfig.of(server.uri()).withRedis(impatient(server.uri()))));
    }

    private Subscriber subscriber(ScriptedServer server, RecordingReader reader) {
        return subscriber(
                SubscriberConfig.of(server.uri())
                        .withRedis(impatient(server.uri()))
                        .withHeartbeat(Duration.ofMillis(100)),
                reader);
    }

    private Subscriber subscriber(SubscriberConfig config, RecordingReader reader) {
        return open.closing(Subscriber.connect(config, Map.of("users", reader), new SubscriberListener() {
            @Override
            public void heartbeatFailed(String node, String why) {
                whys.add(why);
            }

            @Override
            public void disconnected(String node, String why) {
                whys.add(why);
            }
        }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("nonsense")
    void bothSaySoDoNotStormAndComeBack(String what, ScriptedServer.Behaviour behaviour) {
        long beganNanos = System.nanoTime();
        ScriptedServer server = open.closing(ScriptedServer.start(behaviour));
        Publisher publisher = publisher(server);
        Subscriber subscriber = subscriber(server, new RecordingReader());

        UnavailableException refusal = refusal(publisher.publish("users", Change.ofKeys("a")));
        assertThat(refusal.reason()).isEqualTo(Reason.REDIS_AWAY);
        assertThat(refusal.retryAfter()).isPositive();
        assertThat(refusal)
                .hasMessageStartingWith("Redis is unavailable: ")
                .message()
                .doesNotContain("null", "Exception");
        assertThat(refusal(publisher.region("users")).getMessage()).doesNotContain("null", "Exception");
        await().until(() -> !whys.isEmpty());
        await().pollDelay(WATCHED).until(() -> true);
        int connections = server.accepted();
        long seconds = Duration.ofNanos(System.nanoTime() - beganNanos).toSeconds();
        assertThat(connections).isLessThan((int) (MAX_CONNECTIONS + seconds * MAX_MORE_EACH_SECOND));
        assertThat(publisher.isConnected()).isFalse();
        assertThat(subscriber.isCaughtUp()).isFalse();
        assertThat(whys).allSatisfy(why -> assertThat(why).doesNotContain("ClassCast", "IndexOutOf"));

        server.behave(ScriptedServer.forwardingTo(REDIS.port()));
        awaitAppended(publisher);
        await().until(subscriber::isCaughtUp);
    }

    /** An answer that comes too late for the short timeout is a refusal; the next attempt may be in time. */
    private static void awaitAppended(Publisher publisher) {
        await().ignoreExceptions()
                .until(() -> publisher.publish("users", Change.ofKeys("a")).join() != null);
    }

    /** As much of Redis as a version check needs. */
    private static String old(List<String> command) {
        return switch (command.get(0)) {
            case "INFO" -> ScriptedServer.bulk("redis_version:6.0.16\r\nrun_id:0123\r\nrole:master\r\n");
            case "TIME" -> "*2\r\n$10\r\n1700000000\r\n$1\r\n0\r\n";
            case "SUBSCRIBE" ->
                "*3\r\n" + ScriptedServer.bulk("subscribe") + ScriptedServer.bulk(command.get(1)) + ":1\r\n" + "*3\r\n"
                        + ScriptedServer.bulk("subscribe") + ScriptedServer.bulk(command.get(2)) + ":2\r\n";
            default -> "+OK\r\n";
        };
    }

    @Test
    void aServerThatIsTooOldIsRefusedByBothWithItsVersion() {
        ScriptedServer server = open.closing(ScriptedServer.start(ScriptedServer.redis(HostileServerTest::old)));

        Publisher publisher = open.closing(Publisher.connect(Patient.publisher(server.uri())));
        UnavailableException refusal = refusal(publisher.publish("users", Change.ofKeys("a")));
        assertThat(refusal).hasMessageContaining("is Redis 6.0.16, but 6.2 or later is needed");

        Subscriber subscriber = subscriber(Patient.subscriber(server.uri()), new RecordingReader());
        await().untilAsserted(() ->
                assertThat(whys).anyMatch(why -> why.contains("is Redis 6.0.16, but 6.2 or later is needed")));
        assertThat(subscriber.isCaughtUp()).isFalse();
    }

    @Test
    void aServerThatStopsReadingHoldsNobodyForEver() {
        // It takes the small commands of a greeting, then reads no more: what is written next fills the buffers
        // between.
        ScriptedServer server = open.closing(ScriptedServer.start(ScriptedServer.forwardingTo(REDIS.port())));
        Publisher publisher = publisher(server);
        await().until(publisher::isConnected);
        REDIS.server().pause();
        try {
            Change large = Change.builder()
                    .select(new Selector.Keys(IntStream.range(0, 4_000)
                            .mapToObj(i -> i + "x".repeat(500))
                            .toList()))
                    .build();
            List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                receipts.add(publisher.publish("region" + i, large));
            }
            assertThat(CompletableFuture.allOf(receipts.toArray(CompletableFuture[]::new)))
                    .failsWithin(Duration.ofSeconds(60));
        } finally {
            REDIS.server().resume();
        }
        awaitAppended(publisher);
        assertThat(publisher.isConnected()).isTrue();
    }

    @Test
    void aStrangersHugeEntryInTheLogIsResetOverAndNotReadAgainAndAgain() {
        ScriptedServer server = open.closing(ScriptedServer.start(ScriptedServer.forwardingTo(REDIS.port())));
        RecordingReader reader = new RecordingReader();
        Subscriber subscriber = subscriber(Patient.subscriber(server.uri()), reader);
        await().until(subscriber::isCaughtUp);
        Publisher direct = open.closing(Publisher.connect(Patient.publisher(REDIS.uri())));
        direct.publish("users", Change.ofKeys("a")).join();
        await().until(() -> reader.keys().contains("a"));

        server.behave(ScriptedServer.silence());
        direct.publish("users", Change.ofKeys("b")).join();
        REDIS.server().execute("XDEL", "freshet:{users}:log", "2-0");
        REDIS.server()
                .execute(
                        "EVAL",
                        "redis.call('XTRIM',KEYS[1],'MAXLEN',0) redis.call('DEL',KEYS[1])"
                                + " redis.call('XADD',KEYS[1],'2-0','r',string.rep('x',9000000))",
                        "1",
                        "freshet:{users}:log");
        server.behave(ScriptedServer.forwardingTo(REDIS.port()));

        await().until(() -> !reader.resets().isEmpty());
        long caughtUpAt = System.nanoTime();
        await().until(() -> subscriber.region("users").confirmation().ageNanos() < System.nanoTime() - caughtUpAt);
    }
}

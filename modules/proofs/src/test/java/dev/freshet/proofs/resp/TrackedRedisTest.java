package dev.freshet.proofs.resp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.resp.protocol.Replies;
import dev.freshet.resp.protocol.ReplyScanner;
import dev.freshet.testkit.RedisExtension;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds the model of Redis against Redis: commands in random order bring the same answers and messages, in the same order. */
class TrackedRedisTest {

    private static final int STEPS = 300;
    private static final String SCRIPT = "return redis.call('set', ARGV[1], ARGV[2])";
    private static final String LONG_LIFE_MILLIS = "1000000";

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    /** A connection to the real one. */
    private static final class Real implements AutoCloseable {
        private final Socket socket = new Socket(REDIS.host(), REDIS.port());
        private final InputStream in = socket.getInputStream();
        private final byte[] bytes = new byte[1 << 16];
        private int from;
        private int to;

        Real() throws IOException {
            socket.setSoTimeout(60_000);
        }

        /** Sends commands, and returns what comes up to the answer to a PING behind them. */
        List<String> run(List<List<String>> commands) throws Exception {
            Buffer out = Buffer.buffer();
            commands.forEach(command -> Replies.command(out, command.toArray(String[]::new)));
            Replies.command(out, "PING");
            socket.getOutputStream().write(out.getBytes());
            List<String> answers = new ArrayList<>();
            do {
                answers.add(next());
            } while (!answers.get(answers.size() - 1).equals("+PONG\r\n"));
            return answers;
        }

        private String next() throws Exception {
            ReplyScanner scanner = new ReplyScanner();
            StringBuilder answer = new StringBuilder();
            do {
                if (from == to) {
                    from = 0;
                    to = in.read(bytes);
                }
                int end = scanner.scan(bytes, from, to);
                answer.append(new String(bytes, from, end - from, StandardCharsets.UTF_8));
                from = end;
            } while (!scanner.isComplete());
            return answer.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static final class Silent implements TrackedRedis.Listener {
        @Override
        public void changed(String key, @Nullable String value, long expireAtMillis) {}

        @Override
        public void flushed() {}

        @Override
        public void told(TrackedRedis.Connection connection, @Nullable String key) {}
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theModelAnswersAsRedisDoes(long seed) throws Exception {
        REDIS.server().execute("FLUSHALL");
        List<List<String>> introduction = List.of(List.of("HELLO", "3"), List.of("CLIENT", "TRACKING", "ON"));
        try (Real tracking = new Real();
                Real other = new Real()) {
            tracking.run(introduction);
            other.run(List.of(List.of("HELLO", "3")));
            long[] micros = {1_700_000_000_000_000L};
            TrackedRedis model = new TrackedRedis("", "", tellsAfterAnswer(tracking), () -> micros[0], new Silent());
            List<String> ofTracking = new ArrayList<>();
            List<String> ofOther = new ArrayList<>();
            TrackedRedis.Connection modelTracking = model.connect(bytes -> ofTracking.add(text(bytes)));
            TrackedRedis.Connection modelOther = model.connect(bytes -> ofOther.add(text(bytes)));
            introduction.forEach(command -> modelTracking.arrived(command(command)));
            modelOther.arrived(command(List.of("HELLO", "3")));
            ofTracking.clear();
            ofOther.clear();

            SplittableRandom random = new SplittableRandom(seed);
            List<String> history = new ArrayList<>();
            for (int i = 0; i < STEPS; i++) {
                boolean isTracking = random.nextBoolean();
                List<List<String>> commands = commands(random, i);
                history.add((isTracking ? "tracking: " : "other: ") + commands);
                List<String> real = (isTracking ? tracking : other).run(commands);
                commands.forEach(one -> (isTracking ? modelTracking : modelOther).arrived(command(one)));
                (isTracking ? modelTracking : modelOther).arrived(command(List.of("PING")));
                assertThat(whole(real)).as("%s", history).isEqualTo(whole(isTracking ? ofTracking : ofOther));
                ofTracking.removeIf(text -> isTracking);
                ofOther.clear();
                // What the other connection's command told.
                List<String> told = tracking.run(List.of());
                modelTracking.arrived(command(List.of("PING")));
                assertThat(whole(told)).as("%s", history).isEqualTo(whole(ofTracking));
                ofTracking.clear();
            }
        }
    }

    /** Servers before 7.0.5 tell a connection what it changed itself before they answer it. */
    private static boolean tellsAfterAnswer(Real tracking) throws Exception {
        tracking.run(List.of(List.of("GET", "probe")));
        List<String> answers = tracking.run(List.of(List.of("SET", "probe", "1")));
        tracking.run(List.of(List.of("DEL", "probe")));
        return !answers.get(0).startsWith(">");
    }

    private static List<List<String>> commands(SplittableRandom random, int number) {
        List<List<String>> commands = new ArrayList<>();
        boolean isTransaction = random.nextInt(8) == 0;
        if (isTransaction) {
            commands.add(List.of("MULTI"));
        }
        for (int i = random.nextInt(3); i >= 0; i--) {
            commands.add(command(random, number));
        }
        if (isTransaction) {
            commands.add(List.of("EXEC"));
        }
        return commands;
    }

    private static List<String> command(SplittableRandom random, int number) {
        String key = "k" + random.nextInt(3);
        String value = "v" + number;
        return switch (random.nextInt(16)) {
            case 0 -> List.of("SET", key, value);
            case 1 -> List.of("SET", key, value, "PX", LONG_LIFE_MILLIS);
            case 2 -> List.of("DEL", key);
            case 3 -> List.of("PEXPIRE", key, LONG_LIFE_MILLIS);
            case 4 -> List.of("PERSIST", key);
            case 5 -> List.of("RENAME", key, "k" + random.nextInt(3));
            case 6 -> List.of("EVAL", SCRIPT, "0", key, value);
            case 7 -> random.nextInt(5) == 0 ? List.of("FLUSHDB") : List.of("GET", key);
            case 8 -> List.of("RPUSH", key, value);
            case 9 -> List.of("MGET", key, "k" + random.nextInt(3));
            case 10 -> List.of("EXISTS", key, "k" + random.nextInt(3));
            case 11 -> List.of("STRLEN", key);
            case 12 -> List.of("PTTL", key);
            case 13 -> List.of("GET", key);
            default -> List.of("GETRANGE", key, "0", "1");
        };
    }

    private static byte[] command(List<String> arguments) {
        return Replies.command(Buffer.buffer(), arguments.toArray(String[]::new))
                .getBytes();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Joins answers. Lives that are left are all the same. */
    private static String whole(List<String> answers) {
        return String.join("", answers).replaceAll(":9\\d{5}\r\n|:1000000\r\n", ":n\r\n");
    }
}

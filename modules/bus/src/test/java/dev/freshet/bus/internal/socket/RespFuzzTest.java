package dev.freshet.bus.internal.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.internal.socket.RespGuard.RefusedException;
import dev.freshet.testkit.fuzz.Fuzz;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.RedisInputStream;

/**
 * Changes replies at random, cuts them anywhere, and reads them through the guard as Jedis does. Whatever comes, the guard passes bytes
 * unchanged or refuses them, and what it lets pass makes Jedis neither fail unexpectedly nor allocate what a length claims.
 *
 * <p>An input is a stream of replies; see {@link Fuzz}.
 */
@Timeout(1_200)
class RespFuzzTest {

    private static final Path CORPUS = Path.of("src/test/resources/fuzz/replies.txt");
    private static final List<String> TOKENS = List.of(
            "\r\n",
            "\n",
            "\r",
            "$",
            "*",
            ":",
            "+",
            "-",
            "$-1\r\n",
            "*-1\r\n",
            "$0\r\n\r\n",
            "*0\r\n",
            "$8388608\r\n",
            "$8388609\r\n",
            "*524288\r\n",
            "*524289\r\n",
            "$2147483647\r\n",
            "*2147483647\r\n",
            "$9223372036854775807\r\n",
            "*99999999999999999999\r\n",
            "$-2\r\n",
            "-MOVED 1 a:1\r\n",
            "-ASK x\r\n",
            "-NOSCRIPT\r\n",
            "-\r\n",
            "+\r\n",
            ":\r\n",
            ":-\r\n",
            "%1\r\n",
            "_\r\n",
            "\0",
            "\u00ff",
            "*1\r\n".repeat(17),
            "*2\r\n*2\r\n*2\r\n",
            "HTTP/1.1 400 Bad Request\r\n",
            "9".repeat(20));

    /** A list may claim as many elements as the guard allows, each a reference. The rest is what this test itself needs. */
    private static final long MAX_ALLOCATED_BYTES = 64L << 20;

    private final Fuzz fuzz = Fuzz.of(CORPUS, List.of(), TOKENS);

    @Test
    void whateverAServerSendsIsPassedOrRefused() {
        assertThat(fuzz.run(this::check)).as("inputs beside the corpus").isGreaterThanOrEqualTo(Fuzz.MINIMUM_CHANGED);
    }

    private void check(byte[] stream) {
        long seed = fuzz.random().nextLong();
        byte[] passed = passed(stream, seed);
        assertThat(passed).as("what passes").isEqualTo(Arrays.copyOf(stream, passed.length));
        // It depends on the bytes alone what is refused, not on how they are cut.
        assertThat(isRefused(stream, seed)).as("whether it is refused").isEqualTo(isRefused(stream, ~seed));
        assertThat(Fuzz.allocatedBytes(() -> readAll(stream, seed)))
                .as("what Jedis allocates")
                .isLessThan(MAX_ALLOCATED_BYTES);
    }

    private static RespGuard guard(byte[] stream, long seed) {
        Random cuts = new Random(seed);
        InputStream whole = new ByteArrayInputStream(stream);
        return new RespGuard(
                new InputStream() {
                    @Override
                    public int read() throws IOException {
                        return whole.read();
                    }

                    @Override
                    public int read(byte[] into, int offset, int length) throws IOException {
                        return whole.read(into, offset, Math.min(length, 1 + cuts.nextInt(40)));
                    }
                },
                "redis.example:6379");
    }

    private static byte[] passed(byte[] stream, long seed) {
        ByteArrayOutputStream passed = new ByteArrayOutputStream();
        byte[] piece = new byte[64];
        try (InputStream in = guard(stream, seed)) {
            for (int count = in.read(piece, 0, 64); count >= 0; count = in.read(piece, 0, 64)) {
                passed.write(piece, 0, count);
            }
        } catch (RefusedException expected) {
            // What came before has passed.
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return passed.toByteArray();
    }

    private static boolean isRefused(byte[] stream, long seed) {
        try (InputStream in = guard(stream, seed)) {
            in.readAllBytes();
            return false;
        } catch (RefusedException refused) {
            assertThat(refused.getMessage()).hasSizeLessThan(300).matches("[ -~]*");
            return true;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Reads replies as Jedis does, until the stream ends or something is refused. */
    private static void readAll(byte[] stream, long seed) {
        RedisInputStream in = new RedisInputStream(guard(stream, seed));
        try {
            while (true) {
                read(in);
            }
        } catch (JedisException | ClassCastException expected) {
            // The end of the stream, or a refusal.
        }
    }

    @SuppressWarnings("deprecation") // as Jedis' own connections
    private static void read(RedisInputStream in) {
        try {
            Object unused = Protocol.read(in);
        } catch (JedisDataException anError) {
            // Redis answered with an error: the next reply follows.
        }
    }
}

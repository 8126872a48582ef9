package dev.freshet.bus.internal.socket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.internal.socket.RespGuard.RefusedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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
 * <p>The corpus is a text, one stream of replies a line, its bytes written as in Java ({@code \r}, {@code \n}, {@code \x00}). {@code
 * -Dfreshet.fuzz.seconds} says for how long, {@code -Dfreshet.fuzz.seed} with which seed. What the fuzzer finds is printed as such a
 * line, to be added.
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

    @Test
    void whateverAServerSendsIsPassedOrRefused() throws IOException {
        List<byte[]> corpus = Files.readAllLines(CORPUS).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("# "))
                .map(RespFuzzTest::unescape)
                .toList();
        Random random = new Random(Long.getLong("freshet.fuzz.seed", 20260101L));
        corpus.forEach(stream -> check(stream, new Random(1)));
        long end = System.nanoTime() + Long.getLong("freshet.fuzz.seconds", 3) * 1_000_000_000L;
        long streams = 0;
        while (System.nanoTime() < end) {
            byte[] stream = corpus.get(random.nextInt(corpus.size()));
            for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                stream = changed(stream, corpus, random);
            }
            check(stream, random);
            streams++;
        }
        assertThat(streams).isGreaterThan(100);
    }

    private static void check(byte[] stream, Random random) {
        long seed = random.nextLong();
        try {
            byte[] passed = passed(stream, seed);
            if (!Arrays.equals(passed, Arrays.copyOf(stream, passed.length))) {
                throw new AssertionError("the guard changes what passes");
            }
            // It depends on the bytes alone what is refused, not on how they are cut.
            if (isRefused(stream, seed) != isRefused(stream, ~seed)) {
                throw new AssertionError("the guard depends on how the stream is cut");
            }
            long before = allocated();
            readAll(stream, seed);
            if (allocated() - before > MAX_ALLOCATED_BYTES) {
                throw new AssertionError("Jedis allocated " + (allocated() - before) + " bytes");
            }
        } catch (RuntimeException | Error e) {
            throw new AssertionError(
                    "A stream of replies breaks a promise. Add it to the corpus:\n" + escape(stream), e);
        }
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

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    private static byte[] changed(byte[] stream, List<byte[]> corpus, Random random) {
        int from = random.nextInt(stream.length + 1);
        int to = Math.min(stream.length, from + 1 + random.nextInt(8));
        return switch (random.nextInt(5)) {
            case 0 -> joined(stream, from, new byte[] {(byte) random.nextInt(256)}, to);
            case 1 -> joined(stream, from, new byte[0], to);
            case 2 -> joined(stream, to, Arrays.copyOfRange(stream, from, to), to);
            case 3 -> joined(stream, from, corpus.get(random.nextInt(corpus.size())), from);
            default ->
                joined(stream, from, TOKENS.get(random.nextInt(TOKENS.size())).getBytes(ISO_8859_1), from);
        };
    }

    private static byte[] joined(byte[] before, int end, byte[] middle, int rest) {
        byte[] result = Arrays.copyOf(before, end + middle.length + before.length - rest);
        System.arraycopy(middle, 0, result, end, middle.length);
        System.arraycopy(before, rest, result, end + middle.length, before.length - rest);
        return result;
    }

    private static byte[] unescape(String line) {
        StringBuilder bytes = new StringBuilder();
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c != '\\') {
                bytes.append(c);
                continue;
            }
            char escape = line.charAt(++i);
            switch (escape) {
                case 'r' -> bytes.append('\r');
                case 'n' -> bytes.append('\n');
                case 'x' -> {
                    bytes.append((char) Integer.parseInt(line.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> bytes.append(escape);
            }
        }
        return bytes.toString().getBytes(ISO_8859_1);
    }

    private static String escape(byte[] bytes) {
        StringBuilder line = new StringBuilder();
        for (byte b : bytes) {
            int c = b & 0xff;
            switch (c) {
                case '\r' -> line.append("\\r");
                case '\n' -> line.append("\\n");
                case '\\' -> line.append("\\\\");
                default -> line.append(c < 0x20 || c > 0x7e ? String.format(Locale.ROOT, "\\x%02x", c) : (char) c);
            }
        }
        return line.toString();
    }
}

package dev.freshet.bus.internal.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Redis says passes unchanged, however it is cut into pieces; what it never says, or claims, is refused. */
class RespGuardTest {

    private static final String REPLIES = String.join(
            "\r\n", "+OK", "-ERR no", ":42", ":-7", "$-1", "*-1", "$0", "", "$5", "\r\n$99", "*0", "*2", "*2", "$1",
            "a", ":1", "*1", "*1", "*1", "$3", "xyz", "+end", "");

    private static byte[] pass(byte[] bytes, int piece) throws IOException {
        InputStream source = new ByteArrayInputStream(bytes);
        InputStream pieces = new InputStream() {
            @Override
            public int read() throws IOException {
                return source.read();
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                return source.read(into, offset, Math.min(piece, length));
            }
        };
        return new RespGuard(pieces, "redis.example:6379").readAllBytes();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void repliesPassInPiecesOfAnySize() throws IOException {
        for (int piece = 1; piece <= REPLIES.length(); piece++) {
            assertThat(pass(bytes(REPLIES), piece)).isEqualTo(bytes(REPLIES));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 400 Bad Request\r\n",
                "$3\r\nabcd\r\n",
                "$x\r\n",
                "$\r\n",
                "$-2\r\n",
                ":1.5\r\n",
                "*1\r\n!",
                "\r\n",
                "SSH-2.0-OpenSSH\r\n",
                "-MOVED x\r\n",
                "-MOVED 1 a\r\n",
                "-ASK x a:1\r\n",
                "-ASK 1 a:b\r\n",
                "-MOVED 1  a:1 \r\n",
                "-ASK 1 a:65536\r\n"
            })
    void whatIsNoReplyIsRefusedAndShown(String nonsense) {
        assertThatThrownBy(() -> pass(bytes("+OK\r\n" + nonsense), 8192))
                .isInstanceOf(RespGuard.RefusedException.class)
                .hasMessageContaining("redis.example:6379 does not speak the protocol of Redis")
                .satisfies(e -> assertThat(RespGuard.RefusedException.isTooLarge(new IOException(e)))
                        .isFalse());
    }

    /** The library ends a line at \r\n only; ended here at something else, a header would pass for a value, or a value for one. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "+a\n$8388608\r\n$2000000000\r\n",
                "-ERR a\n$8388608\r\n$2000000000\r\n",
                "+a\r\r\n$8388608\r\n",
                "+a\rb\r\n",
                "$5\r0\r\n",
                ":1\n",
                "$1\r\r\n"
            })
    void whatTheLibraryWouldReadAsAnotherLineIsRefused(String twofold) {
        for (int piece : new int[] {1, 2, 3, 8192}) {
            assertThatThrownBy(() -> pass(bytes(twofold), piece))
                    .isInstanceOf(RespGuard.RefusedException.class)
                    .hasMessageContaining("does not speak the protocol of Redis");
        }
    }

    @Test
    void whatItSaysInsteadIsShownWithoutControlCharacters() {
        assertThatThrownBy(() -> pass(bytes("\u001b[2JHTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n"), 8192))
                .hasMessageEndingWith("it answers \"?[2JHTTP/1.1 400 Bad Request\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$2147483647\r\n",
                "$99999999999999\r\n",
                "*2147483647\r\n",
                "*1000000\r\n",
                "*400000\r\n*400000\r\n",
                "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"
            })
    void whatClaimsTooMuchIsRefusedBeforeAnythingIsAllocatedForIt(String claim) {
        assertThatThrownBy(() -> pass(bytes(claim), 8192))
                .isInstanceOf(RespGuard.RefusedException.class)
                .hasMessageContaining("more than Freshet accepts from a server")
                .satisfies(e -> assertThat(RespGuard.RefusedException.isTooLarge(new IOException(e)))
                        .isTrue());
    }

    @Test
    void aLineWithoutAnEndIsRefused() {
        assertThatThrownBy(() -> pass(bytes("+" + "x".repeat(100_000)), 8192))
                .hasMessageContaining("a line of more than");
    }

    @Test
    void anyBytesEndInARefusalOrPass() throws IOException {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] noise = new byte[random.nextInt(64)];
            random.nextBytes(noise);
            if (random.nextBoolean() && noise.length > 0) {
                noise[0] = (byte) "+-:$*".charAt(random.nextInt(5));
            }
            try {
                assertThat(pass(noise, 1 + random.nextInt(10))).isEqualTo(noise);
            } catch (RespGuard.RefusedException e) {
                assertThat(e.getMessage()).matches("[ -~]+");
            }
        }
    }
}

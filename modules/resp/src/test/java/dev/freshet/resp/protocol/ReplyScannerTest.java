package dev.freshet.resp.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.resp.protocol.ReplyScanner.MalformedReplyException;
import dev.freshet.testkit.fuzz.Fuzz;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where answers end, in both versions of the protocol. */
class ReplyScannerTest {

    private static final List<String> ANSWERS = List.of(
            "+OK\r\n",
            "-ERR no\r\n",
            ":12\r\n",
            "$-1\r\n",
            "$5\r\na\r\nb\r\n".replace("$5", "$4"),
            "$0\r\n\r\n",
            "*-1\r\n",
            "*0\r\n",
            "*2\r\n$1\r\na\r\n*2\r\n:1\r\n*0\r\n",
            "%2\r\n+a\r\n:1\r\n+b\r\n%0\r\n",
            "~1\r\n#t\r\n",
            "_\r\n",
            ",1.5\r\n",
            "(123456789012345678901234567890\r\n",
            "=7\r\ntxt:abc\r\n",
            "!5\r\nERR x\r\n",
            "|1\r\n+ttl\r\n:3\r\n$1\r\nv\r\n",
            ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n",
            ">2\r\n$10\r\ninvalidate\r\n_\r\n");

    private static List<String> answersIn(byte[] sent, int size) throws MalformedReplyException {
        ReplyScanner scanner = new ReplyScanner();
        List<String> answers = new ArrayList<>();
        StringBuilder current = new StringBuilder();
        for (int from = 0; from < sent.length; from += size) {
            int to = Math.min(sent.length, from + size);
            int at = from;
            while (at < to) {
                int next = scanner.scan(sent, at, to);
                current.append(new String(sent, at, next - at, StandardCharsets.ISO_8859_1));
                at = next;
                if (scanner.isComplete()) {
                    assertThat(scanner.type()).isEqualTo((byte) current.charAt(0));
                    answers.add(current.toString());
                    current.setLength(0);
                }
            }
        }
        return answers;
    }

    @Test
    void answersAreFoundHoweverTheyArrive() throws MalformedReplyException {
        byte[] sent = String.join("", ANSWERS).getBytes(StandardCharsets.ISO_8859_1);
        for (int size = 1; size <= sent.length; size++) {
            assertThat(answersIn(sent, size)).as("pieces of %d bytes", size).isEqualTo(ANSWERS);
        }
    }

    @Test
    void theFirstBytesTellWhatItIs() throws MalformedReplyException {
        ReplyScanner scanner = new ReplyScanner();
        byte[] sent = "-EXECABORT Transaction discarded\r\n".getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < sent.length; i++) {
            scanner.scan(sent, i, i + 1);
        }
        assertThat(scanner.isComplete()).isTrue();
        assertThat(scanner.isError()).isTrue();
        assertThat(scanner.begins("-EXECABORT")).isTrue();
        assertThat(scanner.begins("-EXECABORTED")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"$x\r\n", "*-2\r\n", "$99999999999999999999999999\r\n", "?\r\n", "$?\r\n", "*1\r\n\u0000"})
    void whatIsNotRespIsRefused(String sent) {
        byte[] bytes = (sent + "0000000000\r\n").getBytes(StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> answersIn(bytes, 3)).isInstanceOf(MalformedReplyException.class);
    }

    @Test
    void anyBytesAreReadOrRefused() {
        byte[] valid = String.join("", ANSWERS).getBytes(StandardCharsets.ISO_8859_1);
        for (int seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            byte[] sent = valid.clone();
            sent[random.nextInt(sent.length)] = (byte) random.nextInt(256);
            sent[random.nextInt(sent.length)] = (byte) "*$%~>|\r\n0123456789-".charAt(random.nextInt(19));
            try {
                answersIn(sent, 1 + random.nextInt(30));
            } catch (MalformedReplyException refused) {
                assertThat(refused).hasMessageContaining("cannot be parsed");
            }
        }
    }

    @Test
    void answersAreTakenApart() {
        Reply reply =
                Reply.parse("%1\r\n+user\r\n*3\r\n$1\r\na\r\n:7\r\n_\r\n".getBytes(StandardCharsets.ISO_8859_1), 0);
        assertThat(reply.items()).hasSize(2);
        assertThat(reply.items().get(0).text()).isEqualTo("user");
        List<Reply> parts = reply.items().get(1).items();
        assertThat(parts.get(0).text()).isEqualTo("a");
        assertThat(parts.get(1)).isEqualTo(new Reply.Int(7));
        assertThat(parts.get(2)).isEqualTo(new Reply.Null());
        assertThat(Arrays.asList(reply.text(), parts.get(1).text())).containsOnly("");
    }

    /** Of an answer, only the first bytes are kept, whatever lengths it claims. */
    @Test
    void scanningTakesNoMemory() throws MalformedReplyException {
        byte[] claims = "*1000000000\r\n*1000000\r\n$500000000\r\n".getBytes(StandardCharsets.ISO_8859_1);
        byte[] part = new byte[1 << 16];
        ReplyScanner scanner = new ReplyScanner();
        scanner.scan(claims, 0, claims.length);
        long allocated = Fuzz.allocatedBytes(() -> {
            for (int i = 0; i < 1_000; i++) {
                try {
                    assertThat(scanner.scan(part, 0, part.length)).isEqualTo(part.length);
                } catch (MalformedReplyException e) {
                    throw new AssertionError(e);
                }
            }
        });
        assertThat(allocated).isLessThan(part.length * 16L);
        assertThat(scanner.isComplete()).isFalse();
    }
}

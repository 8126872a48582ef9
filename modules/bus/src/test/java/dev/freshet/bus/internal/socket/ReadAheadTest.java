package dev.freshet.bus.internal.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadAheadTest {

    private static final int USUAL = 2_000;

    /** Has one byte for each read, or times out. */
    private static final class ScriptedSocket extends Socket {
        private final Deque<Character> input = new ArrayDeque<>();
        private final List<Integer> timeouts = new ArrayList<>();
        private int timeout = USUAL;

        @Override
        public InputStream getInputStream() {
            return new InputStream() {
                @Override
                public int read() throws IOException {
                    throw new IOException("reads several bytes at a time");
                }

                @Override
                public int read(byte[] into, int offset, int length) throws IOException {
                    if (input.isEmpty()) {
                        throw new SocketTimeoutException("after " + timeout);
                    }
                    into[offset] = (byte) (char) input.remove();
                    return 1;
                }
            };
        }

        @Override
        public synchronized void setSoTimeout(int millis) {
            timeouts.add(millis);
            timeout = millis;
        }

        @Override
        public synchronized int getSoTimeout() {
            return timeout;
        }
    }

    private final ScriptedSocket socket = new ScriptedSocket();

    @Test
    void answersThatComeInTimeTakeNoLockOfTheSocket() throws IOException {
        ReadAhead ahead = new ReadAhead(socket);
        for (int i = 0; i < 100; i++) {
            socket.input.add('a');
            assertThat(ahead.await(500)).isTrue();
            assertThat(ahead.read()).isEqualTo('a');
        }
        assertThat(socket.timeouts).containsExactly(500);
    }

    @Test
    void aWaitAndAReadEachHaveTheirTime() throws IOException {
        ReadAhead ahead = new ReadAhead(socket);
        assertThat(ahead.await(500)).isFalse();
        socket.input.add('a');
        socket.input.add('b');
        assertThat(ahead.await(250)).isTrue();
        assertThat(ahead.read()).isEqualTo('a');
        assertThat(ahead.read()).isEqualTo('b');
        ahead.timeout(0);
        socket.input.add('c');
        assertThat(ahead.read()).isEqualTo('c');

        assertThat(socket.timeouts).containsExactly(500, 250, USUAL, 0);
    }
}

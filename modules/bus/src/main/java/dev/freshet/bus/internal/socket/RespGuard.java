package dev.freshet.bus.internal.socket;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks what a server sends before Jedis parses it, because Jedis allocates whatever a length claims. Refuses what is not RESP2
 * (then the server on that port is no Redis), and what claims to be larger than any reply that Freshet asks for. It skips over
 * the bytes of values, so it costs one look at each header. Used by one thread.
 */
public final class RespGuard extends FilterInputStream {

    /** A record has at most a quarter of a MiB. Other programs may put larger values into these keys; they need not be read. */
    static final int MAX_BULK_BYTES = 8 << 20;

    /** How many elements all lists have together that are open at a time, one within the other. */
    static final int MAX_OPEN_ELEMENTS = 1 << 19;

    /** The size of one reply with all that is nested in it. By default a page of a replay is at most 500 of the largest records. */
    static final long MAX_REPLY_BYTES = 256L << 20;

    private static final int MAX_LINE_BYTES = 64 << 10;
    private static final int MAX_DEPTH = 16;
    private static final int MAX_SHOWN_BYTES = 60;

    /** A server sent what it must not send. The connection is of no use afterwards. */
    public static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1;
        private final boolean tooLarge;

        private RefusedException(String message, boolean tooLarge) {
            super(message);
            this.tooLarge = tooLarge;
        }

        /** Whether a reply was larger than allowed, rather than malformed. */
        public static boolean isTooLarge(Throwable fault) {
            Throwable cause = fault;
            while (cause.getCause() != null && !(cause instanceof RefusedException)) {
                cause = cause.getCause();
            }
            return cause instanceof RefusedException refused && refused.tooLarge;
        }
    }

    private enum Expect {
        TYPE,
        LINE,
        LINE_LF,
        BULK,
        BULK_CR,
        BULK_LF
    }

    /** Jedis fails unexpectedly at any other form. The host may be missing. */
    private static final Pattern REDIRECT = Pattern.compile("(?:MOVED|ASK) [0-9]{1,5} [!-~]*:([0-9]{1,5})");

    private static final int MAX_REDIRECT_BYTES = 320;
    private static final int MAX_PORT = 65_535;

    private final String node;
    private Expect expect = Expect.TYPE;
    private byte type;
    private int lineBytes;
    private long number;
    private int digits;
    private boolean negative;
    private int bulkLeft;
    private long replyBytes;

    /** The beginning of an error. */
    private final byte[] error = new byte[MAX_REDIRECT_BYTES];

    /** How many elements each open list still lacks. */
    private final int[] wanted = new int[MAX_DEPTH];

    private final int[] claimed = new int[MAX_DEPTH];
    private int depth;
    private int openElements;

    /** The beginning of the current line, for the text of a refusal. */
    private int shownFrom;

    RespGuard(InputStream in, String node) {
        super(in);
        this.node = node;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int count = super.read(into, offset, length);
        if (count > 0) {
            inspect(into, offset, offset + count);
        }
        return count;
    }

    private void inspect(byte[] bytes, int from, int to) throws RefusedException {
        shownFrom = from;
        replyBytes += to - from;
        if (replyBytes > MAX_REPLY_BYTES) {
            throw tooLarge("one reply of more than " + (MAX_REPLY_BYTES >> 20) + " MiB");
        }
        for (int i = from; i < to; ) {
            switch (expect) {
                case TYPE -> begin(bytes, i++, to);
                case LINE -> {
                    if (bytes[i] == '\r') {
                        expect = Expect.LINE_LF;
                    } else {
                        readHeader(bytes, i, to);
                    }
                    i++;
                }
                case LINE_LF -> {
                    require(bytes[i++] == '\n', bytes, to);
                    endLine(bytes, to);
                }
                case BULK -> {
                    int skipped = Math.min(bulkLeft, to - i);
                    i += skipped;
                    bulkLeft -= skipped;
                    expect = bulkLeft == 0 ? Expect.BULK_CR : Expect.BULK;
                }
                case BULK_CR -> {
                    require(bytes[i++] == '\r', bytes, to);
                    expect = Expect.BULK_LF;
                }
                case BULK_LF -> {
                    require(bytes[i++] == '\n', bytes, to);
                    endValue();
                }
            }
        }
    }

    private void begin(byte[] bytes, int at, int to) throws RefusedException {
        shownFrom = at;
        type = bytes[at];
        require(type == '+' || type == '-' || type == ':' || type == '$' || type == '*', bytes, to);
        expect = Expect.LINE;
        lineBytes = 0;
        number = 0;
        digits = 0;
        negative = false;
    }

    private void readHeader(byte[] bytes, int at, int to) throws RefusedException {
        if (++lineBytes > MAX_LINE_BYTES) {
            throw tooLarge("a line of more than " + (MAX_LINE_BYTES >> 10) + " KiB");
        }
        byte next = bytes[at];
        if (type == '+' || type == '-') {
            // Jedis does not end a line there either: both must always agree on what a line is.
            require(next != '\n', bytes, to);
            if (type == '-' && lineBytes <= MAX_REDIRECT_BYTES) {
                error[lineBytes - 1] = next;
            }
            return;
        }
        if (next == '-' && lineBytes == 1) {
            negative = true;
        } else {
            require(next >= '0' && next <= '9' && ++digits <= 19, bytes, to);
            number = number * 10 + (next - '0');
        }
    }

    private void endLine(byte[] bytes, int to) throws RefusedException {
        if (type == '+' || type == '-') {
            require(type == '+' || !isBrokenRedirect(), bytes, to);
            endValue();
            return;
        }
        require(digits > 0, bytes, to);
        if (type == ':') {
            endValue();
        } else if (negative) {
            require(number == 1, bytes, to);
            endValue();
        } else if (type == '$') {
            if (number < 0 || number > MAX_BULK_BYTES) {
                throw tooLarge("a value of " + number + " bytes");
            }
            bulkLeft = (int) number;
            expect = bulkLeft == 0 ? Expect.BULK_CR : Expect.BULK;
        } else {
            beginList();
        }
    }

    private boolean isBrokenRedirect() {
        boolean isRedirect = lineBytes > 3 && (error[0] == 'M' || error[0] == 'A');
        if (!isRedirect) {
            return false;
        }
        String text = new String(error, 0, Math.min(lineBytes, MAX_REDIRECT_BYTES), StandardCharsets.ISO_8859_1);
        if (!text.startsWith("MOVED ") && !text.startsWith("ASK ")) {
            return false;
        }
        Matcher redirect = REDIRECT.matcher(text);
        return lineBytes > MAX_REDIRECT_BYTES || !redirect.matches() || Integer.parseInt(redirect.group(1)) > MAX_PORT;
    }

    private void beginList() throws RefusedException {
        if (number == 0) {
            endValue();
            return;
        }
        if (number < 0 || number > MAX_OPEN_ELEMENTS - openElements) {
            throw tooLarge("a list of " + number + " elements");
        }
        if (depth == MAX_DEPTH) {
            throw tooLarge("more than " + MAX_DEPTH + " lists within each other");
        }
        claimed[depth] = (int) number;
        wanted[depth++] = (int) number;
        openElements += (int) number;
        expect = Expect.TYPE;
    }

    private void endValue() {
        expect = Expect.TYPE;
        while (depth > 0 && --wanted[depth - 1] == 0) {
            openElements -= claimed[--depth];
        }
        if (depth == 0) {
            replyBytes = 0;
        }
    }

    private void require(boolean holds, byte[] bytes, int to) throws RefusedException {
        if (!holds) {
            int shown = Math.min(MAX_SHOWN_BYTES, to - shownFrom);
            String text = new String(bytes, shownFrom, shown, StandardCharsets.ISO_8859_1)
                    .lines()
                    .findFirst()
                    .orElse("")
                    .replaceAll("[^ -~]", "?");
            throw new RefusedException(
                    node + " does not speak the protocol of Redis: it answers \"" + text + "\"", false);
        }
    }

    private RefusedException tooLarge(String what) {
        return new RefusedException(
                node + " sends " + what + ", which is more than Freshet accepts from a server", true);
    }
}

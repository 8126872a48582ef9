package dev.freshet.service.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Changes requests of a corpus at random and sends them to a port. Half of them keep their framing, and must be answered; the
 * other half are broken anywhere, and must be answered or cut off. No answer may be an error of the server.
 *
 * <p>The corpus is a text: one request a line, its bytes written as in Java ({@code \r}, {@code \n}, {@code \x00}). The header
 * {@code Content-Length} is set while a request's framing is kept. What the fuzzer finds is printed as such a line, to be added.
 *
 * <p>{@code -Dfreshet.fuzz.seconds} says for how long, {@code -Dfreshet.fuzz.seed} with which seed.
 */
public final class HttpFuzz {

    private static final int ANSWER_MILLIS = 20_000;
    private static final int MAX_CHANGES = 4;
    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.[01] ([1-5][0-9]{2}) [A-Z]");

    /** Texts that break readers of HTTP, JSON, numbers, times and percent-encoding. */
    private static final List<String> TOKENS = List.of(
            "\r\n",
            "\n",
            "\r",
            "\r\n\r\n",
            ":",
            " ",
            "\t",
            "\0",
            "\u000b",
            "\u0085",
            "%",
            "%00",
            "%zz",
            "%ff",
            "%2f..%2f",
            "?",
            "#",
            "//",
            "\\",
            "\"",
            "{",
            "[",
            "}",
            "]",
            ",",
            "[".repeat(17),
            "{\"a\":".repeat(17),
            "9".repeat(101),
            "1e400",
            "-0",
            "18446744073709551616",
            "+1000000000-12-31T23:59:59.999999999Z",
            "-1000000000-01-01T00:00:00Z",
            "\"" + "n".repeat(1001) + "\":1,",
            "\u00ff\u00fe",
            "\u00c3(",
            "\u00ed\u00a0\u0080",
            "\\ud800",
            "\\u0000",
            "null",
            "true",
            "Transfer-Encoding: chunked\r\n",
            "Content-Length: 5\r\n",
            "Content-Length: -1\r\n",
            "Expect: 100-continue\r\n",
            "Expect: everything\r\n",
            "Upgrade: websocket\r\nConnection: Upgrade\r\n",
            "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "HTTP/9.9",
            "HTTP/1.0",
            "OPTIONS *",
            "CONNECT a:1",
            "http://[::1]:x/",
            "timeout=PT9223372036854775807S",
            "max-age=99999999999999999999",
            "W/\"x\"",
            "a".repeat(5000));

    private final int port;
    private final List<byte[]> corpus;
    private final Predicate<RawConnection.Answer> allowed;
    private final Random random;
    private long requests;

    private HttpFuzz(int port, List<byte[]> corpus, Predicate<RawConnection.Answer> allowed, long seed) {
        this.port = port;
        this.corpus = corpus;
        this.allowed = allowed;
        this.random = new Random(seed);
    }

    /**
     * Sends the corpus as it is, then changed requests for the stated time.
     *
     * @param corpus the corpus file
     * @param allowed accepts the answers of 500 and above that input may lead to
     * @return how many requests were sent
     */
    public static long run(int port, Path corpus, Predicate<RawConnection.Answer> allowed) {
        long seconds = Long.getLong("freshet.fuzz.seconds", 3);
        long seed = Long.getLong("freshet.fuzz.seed", 20260101L);
        HttpFuzz fuzz = new HttpFuzz(port, read(corpus), allowed, seed);
        fuzz.corpus.forEach(request -> {
            fuzz.sendFramed(request);
            fuzz.sendBroken(request);
        });
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        while (System.nanoTime() < end) {
            byte[] request = fuzz.any();
            if (fuzz.random.nextBoolean()) {
                fuzz.sendFramed(fuzz.changedWithinFraming(request));
            } else {
                fuzz.sendBroken(fuzz.changed(request, TOKENS));
            }
        }
        return fuzz.requests;
    }

    private byte[] any() {
        return corpus.get(random.nextInt(corpus.size()));
    }

    /** Sends a request whose end the server can tell, so that it owes an answer. */
    private void sendFramed(byte[] request) {
        byte[] sent = framed(request);
        try (RawConnection connection = RawConnection.to(port, ANSWER_MILLIS)) {
            check(sent, read(connection.send(sent), sent), true);
        }
    }

    /** Sends any bytes, and then the end of the stream. */
    private void sendBroken(byte[] request) {
        try (RawConnection connection = RawConnection.to(port, ANSWER_MILLIS)) {
            check(request, read(connection.send(request).endOutput(), request), false);
        }
    }

    private static String read(RawConnection connection, byte[] sent) {
        try {
            return connection.readAll();
        } catch (AssertionError hang) {
            throw new AssertionError("A request hangs. Add it to the corpus:\n" + write(sent), hang);
        }
    }

    private void check(byte[] sent, String answers, boolean isOwed) {
        requests++;
        List<RawConnection.Answer> parsed = new ArrayList<>();
        Matcher statusLine = STATUS_LINE.matcher(answers);
        for (boolean any = statusLine.find(); any; ) {
            int status = Integer.parseInt(statusLine.group(1));
            int start = statusLine.start();
            any = statusLine.find();
            parsed.add(new RawConnection.Answer(
                    status, Map.of(), answers.substring(start, any ? statusLine.start() : answers.length())));
        }
        if (isOwed && parsed.stream().allMatch(answer -> answer.status() < 200)) {
            throw found("got no answer", sent, answers);
        }
        for (RawConnection.Answer answer : parsed) {
            if (answer.status() >= 500 && !allowed.test(answer)) {
                throw found("got an error of the server", sent, answers);
            }
            if (answer.body().contains("\tat ") || answer.body().contains("Exception")) {
                throw found("got a stack trace", sent, answers);
            }
        }
    }

    private static AssertionError found(String what, byte[] sent, String answers) {
        return new AssertionError(
                "A request " + what + ". Add it to the corpus:\n" + write(sent) + "\nAnswer: " + answers);
    }

    // --- changes ---

    private byte[] changed(byte[] request, List<String> tokens) {
        byte[] result = request;
        for (int i = 0, changes = 1 + random.nextInt(MAX_CHANGES); i < changes; i++) {
            result = changedOnce(result, tokens);
        }
        return result;
    }

    private byte[] changedOnce(byte[] request, List<String> tokens) {
        int from = random.nextInt(request.length + 1);
        int to = Math.min(request.length, from + 1 + random.nextInt(16));
        return switch (random.nextInt(6)) {
            case 0 ->
                joined(request, from, new byte[] {(byte) random.nextInt(256)}, Math.min(request.length, from + 1));
            case 1 -> joined(request, from, new byte[0], to);
            case 2 -> joined(request, to, part(request, from, to), to);
            case 3 -> {
                byte[] other = any();
                int at = random.nextInt(other.length);
                yield joined(request, from, part(other, at, Math.min(other.length, at + 40)), to);
            }
            case 4 -> joined(request, from, token(tokens), to);
            default -> joined(request, from, token(tokens), from);
        };
    }

    private byte[] token(List<String> tokens) {
        return tokens.get(random.nextInt(tokens.size())).getBytes(ISO_8859_1);
    }

    /** Changes the target, the value of one header, or the body. */
    private byte[] changedWithinFraming(byte[] request) {
        String text = new String(request, ISO_8859_1);
        int headEnd = text.indexOf("\r\n\r\n");
        if (headEnd < 0) {
            return request;
        }
        String head = text.substring(0, headEnd);
        String body = text.substring(headEnd + 4);
        String[] lines = head.split("\r\n", -1);
        int part = random.nextInt(3);
        if (part == 0 && !body.isEmpty()) {
            body = changedText(body);
        } else if (part == 1 && lines.length > 1) {
            int line = 1 + random.nextInt(lines.length - 1);
            int colon = lines[line].indexOf(':') + 1;
            lines[line] = lines[line].substring(0, colon) + oneLine(changedText(lines[line].substring(colon) + " "));
        } else {
            String[] words = lines[0].split(" ", 3);
            if (words.length == 3) {
                lines[0] = words[0] + " /" + oneLine(changedText(words[1])).replace(" ", "") + " " + words[2];
            }
        }
        return (String.join("\r\n", lines) + "\r\n\r\n" + body).getBytes(ISO_8859_1);
    }

    private String changedText(String text) {
        return new String(changed(text.getBytes(ISO_8859_1), TOKENS), ISO_8859_1);
    }

    private static String oneLine(String text) {
        return text.replace('\r', '?').replace('\n', '?');
    }

    /** Sets the length of the body, and asks the server to close the connection after its answer. */
    private static byte[] framed(byte[] request) {
        String text = new String(request, ISO_8859_1);
        int headEnd = text.indexOf("\r\n\r\n");
        String head = headEnd < 0 ? oneLine(text) : text.substring(0, headEnd);
        String body = headEnd < 0 ? "" : text.substring(headEnd + 4);
        StringBuilder framed = new StringBuilder();
        for (String line : head.split("\r\n", -1)) {
            String lower = line.toLowerCase(Locale.ROOT);
            if (!lower.startsWith("content-length")
                    && !lower.startsWith("transfer-encoding")
                    && !lower.startsWith("connection")
                    && !lower.startsWith("upgrade")
                    && !lower.startsWith("expect")) {
                framed.append(line).append("\r\n");
            }
        }
        return framed.append("Connection: close\r\nContent-Length: ")
                .append(body.length())
                .append("\r\n\r\n")
                .append(body)
                .toString()
                .getBytes(ISO_8859_1);
    }

    private static byte[] part(byte[] bytes, int from, int to) {
        return Arrays.copyOfRange(bytes, from, Math.max(from, to));
    }

    private static byte[] joined(byte[] before, int end, byte[] middle, int rest) {
        byte[] result = new byte[end + middle.length + before.length - rest];
        System.arraycopy(before, 0, result, 0, end);
        System.arraycopy(middle, 0, result, end, middle.length);
        System.arraycopy(before, rest, result, end + middle.length, before.length - rest);
        return result;
    }

    // --- the corpus ---

    private static List<byte[]> read(Path corpus) {
        try {
            return Files.readAllLines(corpus).stream()
                    .filter(line -> !line.isBlank() && !line.startsWith("# "))
                    .map(HttpFuzz::unescape)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("the corpus " + corpus + " cannot be read", e);
        }
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
                case 't' -> bytes.append('\t');
                case 'x' -> {
                    bytes.append((char) Integer.parseInt(line.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> bytes.append(escape);
            }
        }
        return bytes.toString().getBytes(ISO_8859_1);
    }

    private static String write(byte[] bytes) {
        StringBuilder line = new StringBuilder();
        for (byte b : bytes) {
            int c = b & 0xff;
            switch (c) {
                case '\r' -> line.append("\\r");
                case '\n' -> line.append("\\n");
                case '\t' -> line.append("\\t");
                case '\\' -> line.append("\\\\");
                default -> {
                    if (c < 0x20 || c > 0x7e) {
                        line.append(String.format(Locale.ROOT, "\\x%02x", c));
                    } else {
                        line.append((char) c);
                    }
                }
            }
        }
        return line.toString();
    }
}

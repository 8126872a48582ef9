package dev.freshet.service.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.freshet.testkit.fuzz.Fuzz;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Changes requests of a corpus at random and sends them to a port. Half of them keep their framing, and must be answered; the
 * other half are broken anywhere, and must be answered or cut off. No answer may be an error of the server.
 *
 * <p>An input is a request; see {@link Fuzz}. The header {@code Content-Length} is set while a request's framing is kept.
 */
public final class HttpFuzz {

    private static final int ANSWER_MILLIS = 20_000;
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
    private final Fuzz fuzz;
    private final Predicate<RawConnection.Answer> allowed;

    private HttpFuzz(int port, Fuzz fuzz, Predicate<RawConnection.Answer> allowed) {
        this.port = port;
        this.fuzz = fuzz;
        this.allowed = allowed;
    }

    /**
     * Sends the corpus as it is, then changed requests for the stated time.
     *
     * @param corpus the corpus file
     * @param allowed accepts the answers of 500 and above that input may lead to
     * @return how many changed requests were sent, without the corpus
     */
    public static long run(int port, Path corpus, Predicate<RawConnection.Answer> allowed) {
        Fuzz fuzz = Fuzz.of(corpus, List.of(), TOKENS);
        HttpFuzz http = new HttpFuzz(port, fuzz, allowed);
        return fuzz.run(
                request -> {
                    http.sendFramed(request);
                    http.sendBroken(request);
                },
                http::sendChanged);
    }

    private void sendChanged() {
        if (fuzz.random().nextBoolean()) {
            sendFramed(changedWithinFraming(fuzz.any()));
        } else {
            sendBroken(fuzz.changed(fuzz.any()));
        }
    }

    /** Sends a request whose end the server can tell, so that it owes an answer. */
    private void sendFramed(byte[] request) {
        byte[] sent = fuzz.trying(framed(request));
        try (RawConnection connection = RawConnection.to(port, ANSWER_MILLIS)) {
            check(connection.send(sent).readAll(), true);
        }
    }

    /** Sends any bytes, and then the end of the stream. */
    private void sendBroken(byte[] request) {
        fuzz.trying(request);
        try (RawConnection connection = RawConnection.to(port, ANSWER_MILLIS)) {
            check(connection.send(request).endOutput().readAll(), false);
        }
    }

    private void check(String answers, boolean isOwed) {
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
            throw new AssertionError("The request got no answer: " + answers);
        }
        for (RawConnection.Answer answer : parsed) {
            if (answer.status() >= 500 && !allowed.test(answer)) {
                throw new AssertionError("The request got an error of the server: " + answers);
            }
            if (answer.body().contains("\tat ") || answer.body().contains("Exception")) {
                throw new AssertionError("The request got a stack trace: " + answers);
            }
        }
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
        int part = fuzz.random().nextInt(3);
        if (part == 0 && !body.isEmpty()) {
            body = changedText(body);
        } else if (part == 1 && lines.length > 1) {
            int line = 1 + fuzz.random().nextInt(lines.length - 1);
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
        return new String(fuzz.changed(text.getBytes(ISO_8859_1)), ISO_8859_1);
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
}

package dev.freshet.cli.connection;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.freshet.bus.BusException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Sends requests to a publisher. Messages of exceptions never hold the token. Not thread-safe. */
final class PublisherClient {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** What the publisher may take beyond the time for which it waits for members. */
    private static final Duration MARGIN = Duration.ofSeconds(30);

    private final PublisherAccess access;
    private final HttpClient http;
    private final @Nullable String token;

    /**
     * An answer.
     *
     * @param status its HTTP status
     * @param body its JSON; an empty object if it has none
     */
    record Answer(int status, JsonNode body) {

        /** Returns the type of a problem, as in {@code forbidden}; empty: it is none. */
        String problem() {
            String type = body.path("type").asText();
            return type.substring(type.lastIndexOf(':') + 1);
        }
    }

    /** Reads the files that the access names. */
    PublisherClient(PublisherAccess access) {
        this.access = access;
        this.token = access.token();
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT_TIMEOUT);
        if (access.isEncrypted()) {
            builder.sslContext(access.tls());
        }
        this.http = builder.build();
    }

    Answer get(String path) {
        return send(path, Duration.ZERO, HttpRequest.newBuilder().GET());
    }

    /** @param wait for how long the publisher itself may wait for members */
    Answer post(String path, Map<String, ?> body, Duration wait) {
        try {
            return send(
                    path,
                    wait,
                    HttpRequest.newBuilder()
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofByteArray(MAPPER.writeValueAsBytes(body))));
        } catch (JacksonException e) {
            throw new IllegalStateException("a change cannot be written as JSON", e);
        }
    }

    private Answer send(String path, Duration wait, HttpRequest.Builder request) {
        request.uri(URI.create(access.uri() + path)).timeout(wait.plus(MARGIN));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        try {
            HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
            return new Answer(response.statusCode(), json(response.body()));
        } catch (IOException e) {
            throw new BusException(access.uri() + " gives no answer: " + reason(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BusException("interrupted while waiting for " + access.uri(), e);
        }
    }

    private static JsonNode json(byte[] body) {
        try {
            JsonNode json = MAPPER.readTree(body);
            return json.isObject() ? json : MAPPER.createObjectNode();
        } catch (IOException e) {
            return MAPPER.createObjectNode(); // Something else than a publisher has answered.
        }
    }

    private static String reason(IOException fault) {
        if (isCausedBy(fault, CertPathBuilderException.class)) {
            return "no authority that is trusted issued its certificate; name the right one with --ca";
        }
        if (isCausedBy(fault, CertificateException.class)) {
            return "its certificate does not fit the address, or has expired: " + fault.getMessage();
        }
        if (fault instanceof SSLException) {
            return "TLS fails: " + fault.getMessage()
                    + "; does it speak TLS, and does it want a certificate (--certificate)?";
        }
        if (fault instanceof HttpTimeoutException) {
            return "it takes too long";
        }
        String message = fault.getMessage();
        return message == null || message.isEmpty() ? "the connection cannot be made" : message;
    }

    private static boolean isCausedBy(Throwable fault, Class<? extends Throwable> type) {
        for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the exception for an answer that is no success. */
    RefusedException refusal(Answer answer) {
        String detail = answer.body().path("detail").asText();
        String hint =
                answer.problem().equals("token-required") ? " Name the file that holds it with --token-file." : "";
        return new RefusedException(access.uri() + " refuses: " + answer.status() + " "
                + (detail.isEmpty() ? "without a reason; is it a publisher?" : detail + hint));
    }
}

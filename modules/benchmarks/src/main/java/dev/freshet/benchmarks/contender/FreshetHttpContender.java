package dev.freshet.benchmarks.contender;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Freshet with a publisher process that receives NDJSON, one key per line. */
final class FreshetHttpContender implements Contender {

    private static final int LINES_PER_REQUEST = 1_000;

    private final FreshetContender subscribers;
    private final URI publisher;

    FreshetHttpContender(Site site, Path publisherJar) {
        subscribers = new FreshetContender(site);
        publisher = site.publisher().uri(publisherJar, site.redis());
    }

    @Override
    public void fill(Keys keys) {
        subscribers.fill(keys);
    }

    @Override
    public boolean isCached(int subscriber, String key) {
        return subscribers.isCached(subscriber, key);
    }

    @Override
    public Caller caller(Style style) {
        return new NdjsonCaller(publisher.resolve("/v1/invalidations"), style == Style.STREAM ? LINES_PER_REQUEST : 1);
    }

    private static final class NdjsonCaller implements Caller {
        private static final byte[] BEFORE =
                ("{\"region\":\"" + FreshetContender.REGION + "\",\"keys\":[\"").getBytes(StandardCharsets.US_ASCII);
        private static final byte[] AFTER = "\"]}\n".getBytes(StandardCharsets.US_ASCII);

        private final URI uri;
        private final int linesPerRequest;
        private final HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private int lines;

        NdjsonCaller(URI uri, int linesPerRequest) {
            this.uri = uri;
            this.linesPerRequest = linesPerRequest;
        }

        @Override
        public void invalidate(String key) {
            body.writeBytes(BEFORE);
            body.writeBytes(key.getBytes(StandardCharsets.US_ASCII));
            body.writeBytes(AFTER);
            if (++lines == linesPerRequest) {
                settle();
            }
        }

        @Override
        public void settle() {
            if (lines == 0) {
                return;
            }
            HttpRequest request = HttpRequest.newBuilder(uri)
                    .header("Content-Type", "application/x-ndjson")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
                    .build();
            body.reset();
            lines = 0;
            try {
                HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() != 200) {
                    throw new IllegalStateException(
                            "Expected 200 from the publisher, got " + response.statusCode() + ": " + response.body());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            settle();
        }
    }

    @Override
    public void close() {
        subscribers.close();
    }
}

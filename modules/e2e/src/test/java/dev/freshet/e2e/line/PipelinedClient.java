package dev.freshet.e2e.line;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** Sends many requests over few connections, several in flight on each. For the test's thread only. */
final class PipelinedClient implements AutoCloseable {
    private static final int CONNECTIONS_A_SERVER = 64;
    private static final int REQUESTS_A_CONNECTION = 4;
    private static final long LONGEST_WAIT_SECONDS = 180;

    /** An answer of a server. */
    record Answer(int status, MultiMap headers, Buffer body) {
        Answer expect(int expected) {
            if (status != expected) {
                throw new AssertionError("expected " + expected + " but was " + status + ": " + body);
            }
            return this;
        }
    }

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = vertx.createHttpClient(
            new HttpClientOptions().setPipelining(true).setPipeliningLimit(REQUESTS_A_CONNECTION),
            new PoolOptions().setHttp1MaxSize(CONNECTIONS_A_SERVER));

    Future<Answer> send(HttpMethod method, URI address, Map<String, String> headers, Buffer body) {
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setHost(address.getHost())
                .setPort(address.getPort())
                .setURI(
                        address.getRawQuery() == null
                                ? address.getRawPath()
                                : address.getRawPath() + "?" + address.getRawQuery());
        headers.forEach(options::putHeader);
        return http.request(options).compose(request -> request.send(body)).compose(response -> response.body()
                .map(bytes -> new Answer(response.statusCode(), response.headers(), bytes)));
    }

    Future<Answer> get(URI address, Map<String, String> headers) {
        return send(HttpMethod.GET, address, headers, Buffer.buffer());
    }

    /**
     * Runs a step for each number from 0 to count − 1, as many steps at a time as the connections carry.
     *
     * @return completes when all are done, or fails with the first fault
     */
    Future<?> forEach(int count, IntFunction<Future<?>> action) {
        AtomicInteger next = new AtomicInteger();
        List<Future<?>> lanes = new ArrayList<>();
        for (int lane = 0; lane < CONNECTIONS_A_SERVER * REQUESTS_A_CONNECTION; lane++) {
            Promise<Void> ended = Promise.promise();
            vertx.getOrCreateContext().runOnContext(begin -> goOn(next, count, action, ended));
            lanes.add(ended.future());
        }
        return Future.all(lanes);
    }

    private static void goOn(AtomicInteger next, int count, IntFunction<Future<?>> action, Promise<Void> ended) {
        int number = next.getAndIncrement();
        if (number >= count) {
            ended.complete();
            return;
        }
        action.apply(number).onComplete(done -> goOn(next, count, action, ended), ended::fail);
    }

    /** Waits until a future completes, and returns its result. */
    static <T> T join(Future<T> begun) {
        try {
            return begun.toCompletionStage().toCompletableFuture().get(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public void close() {
        join(vertx.close());
    }
}

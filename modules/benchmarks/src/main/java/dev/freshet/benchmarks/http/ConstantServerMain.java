package dev.freshet.benchmarks.http;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;

/**
 * The floor of an HTTP response: the same Vert.x and number of event loops as the subscriber. Sends the same body for every request, without
 * looking at the request.
 */
public final class ConstantServerMain {

    private static final CharSequence TYPE = HttpHeaders.createOptimized("text/plain");

    private ConstantServerMain() {}

    /**
     * Starts the server.
     *
     * @param arguments the port on loopback, and the body
     */
    public static void main(String[] arguments) {
        int port = Integer.parseInt(arguments[0]);
        Buffer body = Buffer.buffer(arguments[1]);
        int loops = Runtime.getRuntime().availableProcessors();
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(loops));
        vertx.deployVerticle(() -> new Listener(port, body), new DeploymentOptions().setInstances(loops))
                .onFailure(fault -> {
                    System.err.println(fault);
                    Runtime.getRuntime().halt(1);
                });
    }

    private static final class Listener extends VerticleBase {

        private final int port;
        private final Buffer body;

        Listener(int port, Buffer body) {
            this.port = port;
            this.body = body;
        }

        @Override
        public Future<?> start() {
            return vertx.createHttpServer(
                            new HttpServerOptions().setHost("127.0.0.1").setPort(port))
                    .requestHandler(this::answer)
                    .listen();
        }

        private void answer(HttpServerRequest request) {
            request.response().putHeader(HttpHeaders.CONTENT_TYPE, TYPE).end(body);
        }
    }
}

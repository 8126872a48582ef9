package dev.freshet.demo.app;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.http.PoolOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs one replica of the application until a signal ends it. */
@Command(
        name = "demo-app",
        mixinStandardHelpOptions = true,
        description =
                "A small application: users in SQLite, read through a Freshet subscriber; mottos, cached in Java.")
public final class DemoAppMain implements Callable<Integer> {

    private static final String REGION = "users";
    private static final int DATABASE_THREADS = 4;
    private static final int CONNECTIONS = 64;
    private static final long GIVE_UP_MILLIS = 30_000;

    @Option(names = "--port", required = true, description = "The port to listen on, on the loopback interface.")
    private int port;

    @Option(names = "--database", required = true, description = "The SQLite file that all replicas share.")
    private Path database = Path.of("");

    @Option(names = "--subscriber", required = true, description = "The address of the subscriber beside this replica.")
    private String subscriber = "";

    @Option(names = "--publisher", required = true, description = "The address of the publisher.")
    private String publisher = "";

    @Option(
            names = "--redis",
            defaultValue = "${env:FRESHET_REDIS_URI}",
            description =
                    "The address of Redis, for what this process caches itself (default: the environment's FRESHET_REDIS_URI).")
    private String redis = "";

    @Option(names = "--users", defaultValue = "1000", description = "The number of users to create.")
    private int userCount;

    @Option(names = "--teams", defaultValue = "50", description = "The number of their teams.")
    private int teamCount;

    private DemoAppMain() {}

    public static void main(String[] args) {
        int exitCode = new CommandLine(new DemoAppMain()).execute(args);
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }

    @Override
    public Integer call() throws SQLException, InterruptedException, ExecutionException {
        UserStore users = UserStore.open(database, DATABASE_THREADS);
        users.seed(userCount, teamCount);
        Mottos mottos = new Mottos(MottoStore.open(database), redis);
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        WebClient client = WebClient.create(
                vertx,
                new WebClientOptions().setConnectTimeout(300).setTcpNoDelay(true),
                new PoolOptions().setHttp1MaxSize(CONNECTIONS));
        WorkerExecutor databaseThreads = vertx.createSharedWorkerExecutor("database", DATABASE_THREADS);
        UserRoutes routes = new UserRoutes(
                databaseThreads,
                users,
                new SidecarCache(client, subscriber, REGION),
                new Invalidations(vertx, client, publisher, REGION, GIVE_UP_MILLIS));
        Router router = routes.router(vertx);
        router.route().subRouter(new MottoRoutes(databaseThreads, mottos).router(vertx));
        vertx.createHttpServer()
                .requestHandler(router)
                .listen(port, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        // Vert.x' threads keep the process alive until a signal ends it. SQLite's file needs no shutdown.
        return 0;
    }
}

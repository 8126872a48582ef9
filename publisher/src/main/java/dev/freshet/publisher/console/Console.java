package dev.freshet.publisher.console;

import dev.freshet.audit.AuditTally;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.admin.FleetReader;
import dev.freshet.publisher.change.ChangeParser;
import dev.freshet.publisher.configuration.ConsoleSettings;
import dev.freshet.publisher.configuration.PublisherSettings;
import dev.freshet.publisher.http.InvalidationsHandler;
import dev.freshet.service.ServiceContext;
import dev.freshet.service.port.DataPort;
import dev.freshet.service.rights.Caller;
import dev.freshet.service.rights.Doorkeeper;
import dev.freshet.service.rights.Right;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The console of a publisher: puts its parts together, starts and stops them. */
public final class Console {

    private static final Logger log = LoggerFactory.getLogger(Console.class);

    /** Whoever reaches a port without tokens may look, and nothing else. */
    private static final Caller ONLOOKER = (right, region) -> right == Right.READ || right == Right.MEMBERS;

    private final Vertx vertx;
    private final Viewers viewers;
    private final Questions questions;
    private final DataPort port;

    private Console(Vertx vertx, Viewers viewers, Questions questions, DataPort port) {
        this.vertx = vertx;
        this.viewers = viewers;
        this.questions = questions;
        this.port = port;
    }

    /**
     * Opens the console's port, if there is one.
     *
     * @param tally what the publisher's auditor found
     * @param invalidations publishes what viewers with the right send
     * @return null if there is none; fails with an {@link IllegalStateException} that says what to do if the port or a file cannot be used
     */
    public static Future<@Nullable Console> start(
            PublisherSettings settings,
            SourceStates sources,
            AuditTally tally,
            InvalidationsHandler invalidations,
            ServiceContext context) {
        ConsoleSettings console = settings.console();
        if (console == null) {
            return Future.succeededFuture(null);
        }
        RedisConfig redis = settings.bus().redis();
        Supplier<FleetReader> opener = () -> FleetReader.of(redis);
        ConsoleMeters meters = new ConsoleMeters(context.metrics());
        ShownNames names = new ShownNames(console);
        Viewers viewers = new Viewers(
                new FleetWatch(opener, System::currentTimeMillis),
                sources,
                new AuditReport(settings.audit().isOn() ? tally : null, names),
                names,
                meters,
                console.maximumViewers());
        Questions questions = new Questions(opener, meters);
        AskHandler ask = new AskHandler(
                questions,
                names,
                new RowExplanation(sources.configs()),
                new ChangeParser(
                        new LinkedHashSet<>(settings.regions()), settings.bus().queueMaximumInvalidations()),
                settings.bus().broadMaximumEntries());
        Doorkeeper doorkeeper = console.tokensFile() == null
                ? request -> ONLOOKER
                : Doorkeeper.of(
                        "console.tokens-file",
                        console.tokensFile(),
                        Right.OF_PUBLISHER,
                        context.ports(),
                        context.metrics());
        ConsoleServer server = new ConsoleServer(doorkeeper, viewers, ask, invalidations);
        return context.ports()
                .listen("console", console.port(), () -> server::route)
                .map(port -> {
                    viewers.start();
                    log.info("the console is at {}", port.place());
                    return new Console(context.vertx(), viewers, questions, port);
                });
    }

    /** Returns the number of the port. */
    public int port() {
        return port.number();
    }

    /** Ends all streams, and stops listening. */
    public Future<Void> stop(Duration timeout) {
        Callable<Void> end = () -> {
            viewers.stop();
            questions.close();
            return null;
        };
        return vertx.executeBlocking(end, false).transform(ended -> port.stop(timeout));
    }
}

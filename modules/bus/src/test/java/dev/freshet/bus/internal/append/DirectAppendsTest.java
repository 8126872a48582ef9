package dev.freshet.bus.internal.append;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.encode.AppendScripts;
import dev.freshet.bus.internal.encode.AppendSettings;
import dev.freshet.bus.internal.encode.NodeEncoding;
import dev.freshet.bus.internal.encode.PackResult;
import dev.freshet.bus.internal.encode.PackedRecord;
import dev.freshet.bus.internal.encode.ReplicaWait;
import dev.freshet.bus.internal.encode.Submission;
import dev.freshet.bus.internal.redis.NodeSession;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.retransmit.RetransmitBuffer;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.HostAndPort;

@Timeout(60)
class DirectAppendsTest {

    private static final Logger LOG = (Logger) LoggerFactory.getLogger(DirectAppends.class);

    @RegisterExtension
    final Closing open = new Closing();

    /** Notes what each append ended with. */
    private static final class Ends implements InFlightAppend.Successor {
        private final List<String> answers = new CopyOnWriteArrayList<>();

        @Override
        public void takeLead(InFlightAppend append, @Nullable AppendAnswer answer) {
            answers.add(answer == null ? "unknown" : answer.getClass().getSimpleName());
        }
    }

    /** Does something where {@link DirectAppends} logs that sending failed unexpectedly. */
    private static final class Hook extends AppenderBase<ILoggingEvent> {
        private final Runnable once;
        private boolean isDone;

        private Hook(Runnable once) {
            this.once = once;
        }

        @Override
        protected void append(ILoggingEvent event) {
            if (!isDone && event.getLevel() == Level.ERROR) {
                isDone = true;
                once.run();
            }
        }
    }

    private RedisServer server;
    private AppendContext context;
    private RetransmitBuffer acknowledged;
    private AppendNode anyNode;
    private NodeSession node;
    private DirectAppends direct;

    @BeforeEach
    void connect() {
        server = open.closing(RedisServer.builder().start());
        PublisherConfig config = PublisherConfig.of(server.uri());
        config = config.withRedis(config.redis().withTimeouts(Duration.ofSeconds(20), Duration.ofSeconds(20)));
        RedisConnector connector = new RedisConnector(config.redis(), "test");
        context = new AppendContext(
                connector, Topologies.of(connector), config, PublisherListener.NONE, TimeSource.SYSTEM);
        acknowledged = new RetransmitBuffer(config);
        HostAndPort address = new HostAndPort(server.host(), server.port());
        anyNode = new AppendNode(address, context, acknowledged);
        RedisClock clock = new RedisClock(TimeSource.SYSTEM);
        node = NodeSession.withClock(connector, clock, TimeSource.SYSTEM, Duration.ofSeconds(1));
        node.open(address);
        ReplicaWait noWait = ReplicaWait.of(config);
        direct = new DirectAppends(
                address,
                node,
                context,
                new AppendReplies(context, noWait, acknowledged, node, clock, new RegionRegistration(context, node)));
        open.closing(direct::close);
        direct.start();
        await().until(direct::isReady);
    }

    @AfterEach
    void unhook() {
        LOG.iteratorForAppenders().forEachRemaining(LOG::detachAppender);
    }

    /** Makes an append. One that cannot be sent has no bytes, so that sending it fails before Redis hears of it. */
    @SuppressWarnings("NullAway")
    private InFlightAppend append(Ends ends, boolean canBeSent) {
        Invalidation invalidation = new Invalidation(Selector.keys("a"), 0, 0, OptionalLong.empty());
        byte[] body = RecordCodec.encodeBody(new RecordBody("test", OptionalLong.empty(), List.of(invalidation)));
        AppendCall call = new AppendCall("users", List.of(new PackedRecord(body, 1, false, List.of())));
        NodeEncoding encoding = new NodeEncoding(
                node.runId(),
                AppendSettings.of(context.connector().namespace(), context.config(), false),
                ReplicaWait.of(context.config()),
                false);
        // The script is known to the server: an answer that it is not would be another test's.
        AppendScripts.append(
                        node.runId(), AppendSettings.of(context.connector().namespace(), context.config(), false), call)
                .run(node.connection());
        Submission submission = new Submission("users", List.of(Selector.keys("a")), OptionalLong.empty(), false, 0, 0);
        return new InFlightAppend(
                ends,
                anyNode,
                call,
                canBeSent ? encoding.bytes(call) : null,
                submission,
                new PackResult(call.records(), 1, 0, 0),
                System.nanoTime());
    }

    @Test
    void aSenderThatFailsLateEndsItsOwnAppendAndNotTheNextCallers() {
        Ends late = new Ends();
        Ends next = new Ends();
        InFlightAppend failing = append(late, false);
        InFlightAppend following = append(next, true);
        Hook hook = new Hook(() -> {
            // Between the sender's failure and its end: the connection ends, which ends the append, and the next caller
            // leads.
            server.execute("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            await().atMost(20, TimeUnit.SECONDS).until(() -> !late.answers.isEmpty() && direct.isReady());
            server.pause();
            direct.send(following);
        });
        hook.start();
        LOG.addAppender(hook);

        direct.send(failing);
        assertThat(late.answers).as("how the failing append ended").containsExactly("unknown");
        assertThat(next.answers)
                .as("the next caller's append, which has no answer yet")
                .isEmpty();
        server.resume();
        await().atMost(20, TimeUnit.SECONDS).until(() -> !next.answers.isEmpty());
        assertThat(next.answers).containsExactly("Logged");
        assertThat(late.answers).hasSize(1);
    }
}

package dev.freshet.bus.internal.append;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.faults.LackingClock;
import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.encode.PackResult;
import dev.freshet.bus.internal.encode.PackedRecord;
import dev.freshet.bus.internal.encode.Submission;
import dev.freshet.bus.internal.redis.RedisConnector;
import dev.freshet.bus.internal.redis.Topologies;
import dev.freshet.bus.internal.retransmit.RetransmitBuffer;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Background;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisMovedDataException;

@Timeout(60)
class SubstituteLeaderTest {

    private static final HostAndPort NOWHERE = new HostAndPort("127.0.0.1", 1);

    private @Nullable Throwable fault;
    private final TimeSource time = new LackingClock(thread -> {
        throwFault();
        return false;
    });
    private final PublisherConfig config = PublisherConfig.of("redis://" + NOWHERE);
    private final RedisConnector connector = new RedisConnector(config.redis(), "test");
    private final AppendContext context =
            new AppendContext(connector, Topologies.of(connector), config, PublisherListener.NONE, time);
    private final AppendQueue queue = new AppendQueue(1_000);
    private final Refusals refusals = new Refusals(config, PublisherListener.NONE);
    private final SubstituteLeader leader = new SubstituteLeader(
            context, queue, new Appender(context, queue, refusals), new Answerer(context, refusals));

    private void throwFault() {
        if (fault instanceof Error error) {
            throw error;
        }
        if (fault instanceof RuntimeException exception) {
            throw exception;
        }
    }

    private static Submission submission(String key) {
        return new Submission("users", List.of(Selector.keys(key)), OptionalLong.empty(), false, 0, 0);
    }

    private static AppendCall call(Submission submission) {
        Invalidation invalidation = new Invalidation(submission.selectors().get(0), 0, 0, OptionalLong.empty());
        byte[] body = RecordCodec.encodeBody(new RecordBody("test", OptionalLong.empty(), List.of(invalidation)));
        return new AppendCall("users", List.of(new PackedRecord(body, 1, false, List.of(submission))));
    }

    private static Stream<Arguments> endsAndFaults() {
        JedisDataException moved = new JedisMovedDataException("MOVED 1 127.0.0.1:2", NOWHERE, 1);
        JedisDataException refused = new JedisDataException("ERR no");
        Submission submission = submission("a");
        List<@Nullable AppendAnswer> answers = Arrays.asList(
                null,
                new AppendAnswer.Refused(call(submission), moved),
                new AppendAnswer.Refused(call(submission), refused),
                new AppendAnswer.Logged(call(submission), new Position(1, 1), 1));
        return answers.stream().flatMap(answer -> Stream.of(
                        new NoSuchMethodError("gone"), new IllegalStateException("a bug"), new OutOfMemoryError())
                .map(fault -> Arguments.of(answer, fault)));
    }

    @ParameterizedTest
    @MethodSource("endsAndFaults")
    void theLeadIsGivenOnWhateverFails(@Nullable AppendAnswer answer, Throwable failing) throws Exception {
        Submission submission = submission("a");
        Submission next = submission("next");
        AppendCall call = call(submission);
        AppendNode node = new AppendNode(NOWHERE, context, new RetransmitBuffer(config));
        List<Submission> taken = new CopyOnWriteArrayList<>();
        Future<?> appendingThread = Background.run(() -> {
            while (!taken.contains(next)) {
                taken.addAll(queue.takeAll(Long.MAX_VALUE));
            }
        });
        await().until(() -> queue.offer(submission("another"), true) == AppendQueue.Offer.LEADING);

        fault = failing;
        try {
            leader.takeLead(
                    new InFlightAppend(
                            leader, node, call, new byte[0], submission, new PackResult(call.records(), 1, 0, 0), 0),
                    answer);
        } catch (LinkageError e) {
            assertThat(e).isSameAs(failing);
        }

        queue.offer(next, false);
        appendingThread.get(20, TimeUnit.SECONDS);
        assertThat(taken.contains(submission) || submission.isAnswered()).isTrue();
    }
}

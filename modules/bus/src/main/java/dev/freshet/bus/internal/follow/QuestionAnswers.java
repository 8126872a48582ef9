package dev.freshet.bus.internal.follow;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.member.MemberMessage;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.thread.Callbacks;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Answers questions about a region: how many entries selectors would evict here, or how the region is. A reader is asked in the callbacks'
 * pool, because a count that takes long must not hold up heartbeats. Any thread.
 */
final class QuestionAnswers {

    private static final Logger LOG = LoggerFactory.getLogger(QuestionAnswers.class);

    /** How long an answer waits to be read. */
    private static final String ANSWER_MILLIS = "30000";

    /** At most this many readers are being asked. A further question is not answered, and the asker's timeout ends its wait. */
    private static final int MAX_ASKED = 8;

    /** So many entries are named in an answer. */
    private static final int MAX_ENTRIES = 20;

    private final ControlConnection control;
    private final Executor controlThread;
    private final String memberId;
    private final AtomicInteger asked = new AtomicInteger();

    QuestionAnswers(ControlConnection control, Executor controlThread, String memberId) {
        this.control = control;
        this.controlThread = controlThread;
        this.memberId = memberId;
    }

    /** Puts the count into the question's list. If that fails, the asker's timeout ends the wait. */
    void answer(MemberMessage.Question question, List<RegionFeed> feeds) {
        answer(question.id(), question.region(), feeds, feed -> {
            Long count = feed.count(question.selectors());
            return count == null ? null : count.toString();
        });
    }

    /** Puts what the region says about itself into the question's list. */
    void answer(MemberMessage.Inspection inspection, List<RegionFeed> feeds) {
        answer(
                inspection.id(),
                inspection.region(),
                feeds,
                feed -> feed.describe(inspection.position(), inspection.selectors(), MAX_ENTRIES));
    }

    private void answer(
            String id, String region, List<RegionFeed> feeds, Function<RegionFeed, @Nullable String> question) {
        for (RegionFeed feed : feeds) {
            if (feed.region().equals(region)) {
                if (asked.incrementAndGet() > MAX_ASKED) {
                    asked.decrementAndGet();
                    LOG.warn("a question about region {} is not answered: {} others are", region, MAX_ASKED);
                } else {
                    Callbacks.POOL.execute(() -> ask(feed, id, question));
                }
            }
        }
    }

    private void ask(RegionFeed feed, String id, Function<RegionFeed, @Nullable String> question) {
        String text;
        try {
            text = question.apply(feed);
        } finally {
            asked.decrementAndGet();
        }
        if (text != null) {
            controlThread.execute(() -> answer(feed, id, text));
        }
    }

    private void answer(RegionFeed feed, String id, String text) {
        try {
            String list = feed.names().answers(id);
            RedisConnection connection = control.open();
            connection.number(Protocol.Command.RPUSH, list, memberId + " " + text);
            connection.number(Protocol.Command.PEXPIRE, list, ANSWER_MILLIS);
        } catch (JedisException | BusException e) {
            LOG.warn("a question about region {} could not be answered", feed.region(), e);
            control.drop();
        } catch (RuntimeException | Error e) {
            LOG.error("a question about region {} could not be answered because of a bug", feed.region(), e);
        }
    }
}

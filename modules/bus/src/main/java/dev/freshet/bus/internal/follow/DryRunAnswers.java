package dev.freshet.bus.internal.follow;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.member.MemberMessage;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.thread.Callbacks;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Answers dry runs: how many entries of a region selectors would evict here. A reader counts in the callbacks' pool, because a
 * count that takes long must not hold up heartbeats. Any thread.
 */
final class DryRunAnswers {

    private static final Logger LOG = LoggerFactory.getLogger(DryRunAnswers.class);

    /** How long an answer waits to be read. */
    private static final String ANSWER_MILLIS = "30000";

    /** At most this many counts are under way. A further question is not answered, and the asker's timeout ends its wait. */
    private static final int MAX_COUNTS = 8;

    private final ControlConnection control;
    private final Executor controlThread;
    private final String memberId;
    private final AtomicInteger counting = new AtomicInteger();

    DryRunAnswers(ControlConnection control, Executor controlThread, String memberId) {
        this.control = control;
        this.controlThread = controlThread;
        this.memberId = memberId;
    }

    /** Puts the count into the question's list. If that fails, the asker's timeout ends the wait. */
    void answer(MemberMessage.Question question, List<RegionFeed> feeds) {
        for (RegionFeed feed : feeds) {
            if (feed.region().equals(question.region())) {
                if (counting.incrementAndGet() > MAX_COUNTS) {
                    counting.decrementAndGet();
                    LOG.warn(
                            "a dry run of region {} is not answered: {} others still count", feed.region(), MAX_COUNTS);
                } else {
                    Callbacks.POOL.execute(() -> count(feed, question));
                }
            }
        }
    }

    private void count(RegionFeed feed, MemberMessage.Question question) {
        Long count;
        try {
            count = feed.count(question.selectors());
        } finally {
            counting.decrementAndGet();
        }
        if (count != null) {
            controlThread.execute(() -> answer(feed, question, count));
        }
    }

    private void answer(RegionFeed feed, MemberMessage.Question question, long count) {
        try {
            String list = feed.names().answers(question.id());
            RedisConnection connection = control.open();
            connection.number(Protocol.Command.RPUSH, list, memberId + " " + count);
            connection.number(Protocol.Command.PEXPIRE, list, ANSWER_MILLIS);
        } catch (JedisException | BusException e) {
            LOG.warn("a dry run of region {} could not be answered", feed.region(), e);
            control.drop();
        } catch (RuntimeException | Error e) {
            LOG.error("a dry run of region {} could not be answered because of a bug", feed.region(), e);
        }
    }
}

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
 * Answers questions about a region and its entries. A reader looks in the callbacks' pool, because a look that takes long must not hold
 * up heartbeats. Any thread.
 */
final class QuestionAnswers {

    private static final Logger LOG = LoggerFactory.getLogger(QuestionAnswers.class);

    /** How long an answer waits to be read. */
    private static final String ANSWER_MILLIS = "30000";

    /** At most this many looks are under way. A further question is not answered, and the asker's timeout ends its wait. */
    private static final int MAX_LOOKS = 8;

    private final ControlConnection control;
    private final Executor controlThread;
    private final String memberId;
    private final AtomicInteger looking = new AtomicInteger();

    QuestionAnswers(ControlConnection control, Executor controlThread, String memberId) {
        this.control = control;
        this.controlThread = controlThread;
        this.memberId = memberId;
    }

    /** Puts the answer into the question's list. If that fails, the asker's timeout ends the wait. */
    void answer(MemberMessage.Question question, List<RegionFeed> feeds) {
        for (RegionFeed feed : feeds) {
            if (feed.region().equals(question.region())) {
                if (looking.incrementAndGet() > MAX_LOOKS) {
                    looking.decrementAndGet();
                    LOG.warn(
                            "a question about region {} is not answered: {} others are under way",
                            feed.region(),
                            MAX_LOOKS);
                } else {
                    Callbacks.POOL.execute(() -> look(feed, question));
                }
            }
        }
    }

    private void look(RegionFeed feed, MemberMessage.Question question) {
        String text;
        try {
            text = feed.answer(question);
        } finally {
            looking.decrementAndGet();
        }
        if (text != null) {
            controlThread.execute(() -> answer(feed, question, text));
        }
    }

    private void answer(RegionFeed feed, MemberMessage.Question question, String text) {
        try {
            String list = feed.names().answers(question.id());
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

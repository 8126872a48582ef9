package dev.freshet.bus.internal.follow;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.member.MemberMessage;
import dev.freshet.bus.internal.redis.BusThread;
import dev.freshet.bus.internal.redis.RedisConnection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisException;

/** Answers dry runs: how many entries of a region selectors would evict here. Belongs to the control thread. */
final class DryRunAnswers {

    private static final Logger LOG = LoggerFactory.getLogger(DryRunAnswers.class);

    /** How long an answer waits to be read. */
    private static final String ANSWER_MILLIS = "30000";

    private final ControlConnection control;
    private final String memberId;

    DryRunAnswers(ControlConnection control, String memberId) {
        this.control = control;
        this.memberId = memberId;
    }

    private static long count(RegionFeed feed, MemberMessage.Question question) {
        try {
            return feed.reader().count(question.selectors());
        } finally {
            BusThread.forgetInterrupt();
        }
    }

    /** Puts the count into the question's list. If that fails, the asker's timeout ends the wait. */
    void answer(MemberMessage.Question question, List<RegionFeed> feeds) {
        for (RegionFeed feed : feeds) {
            if (feed.region().equals(question.region())) {
                try {
                    String list = feed.names().answers(question.id());
                    long count = count(feed, question);
                    RedisConnection connection = control.open();
                    connection.number(Protocol.Command.RPUSH, list, memberId + " " + count);
                    connection.number(Protocol.Command.PEXPIRE, list, ANSWER_MILLIS);
                } catch (Throwable e) {
                    LOG.warn("a dry run of region {} could not be answered", feed.region(), e);
                    if (e instanceof JedisException || e instanceof BusException) {
                        control.drop();
                    }
                }
            }
        }
    }
}

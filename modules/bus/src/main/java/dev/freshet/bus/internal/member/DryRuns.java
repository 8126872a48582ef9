package dev.freshet.bus.internal.member;

import dev.freshet.bus.DryRunResult;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.Namespace;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisException;

/** Asks live members how many entries selectors would evict. The question goes over members' own channels, never into the log. */
final class DryRuns {

    private static final Logger LOG = LoggerFactory.getLogger(DryRuns.class);

    /** @param asked the names of the members that were asked, by their ids */
    private record Question(RedisNames names, String answers, Map<String, String> asked) {}

    private final QueryThread thread;
    private final Topology topology;
    private final Namespace namespace;

    DryRuns(QueryThread thread, Topology topology, Namespace namespace) {
        this.thread = thread;
        this.topology = topology;
        this.namespace = namespace;
    }

    CompletableFuture<DryRunResult> ask(String region, List<Selector> selectors, Duration timeout) {
        RedisNames names = namespace.region(region);
        String id = Position.formatEpoch(ThreadLocalRandom.current().nextLong());
        return thread.ask(timeout, query -> {
            Map<String, String> asked = send(names, MemberMessage.question(id, region, selectors));
            poll(new Question(names, names.answers(id), asked), query);
        });
    }

    private Map<String, String> send(RedisNames names, byte[] message) {
        RedisConnection connection = thread.connection(names.members());
        Protocol.Command publish = topology.hasShardedChannels() ? Protocol.Command.SPUBLISH : Protocol.Command.PUBLISH;
        Map<String, String> asked = new HashMap<>();
        for (MemberRow row : MemberRows.readLive(connection, names)) {
            asked.put(row.member().id(), row.member().name());
            connection.executeCommand(
                    new CommandArguments(publish).add(row.channel()).add(message));
        }
        return asked;
    }

    private void poll(Question question, QueryThread.Query<DryRunResult> query) {
        RedisConnection connection = thread.connection(question.names().members());
        long entries = 0;
        Map<String, String> silent = new HashMap<>(question.asked());
        for (Object answer : connection.list(Protocol.Command.LRANGE, question.answers(), "0", "-1")) {
            String text = String.valueOf(RedisConnection.asText(answer));
            int space = text.indexOf(' ');
            if (space > 0 && silent.remove(text.substring(0, space)) != null) {
                entries += count(text.substring(space + 1));
            }
        }
        if (silent.isEmpty() || query.isTimeUp()) {
            forget(connection, question.answers());
            int asked = question.asked().size();
            List<String> silentNames = silent.values().stream().sorted().toList();
            query.complete(new DryRunResult(asked, asked - silentNames.size(), entries, silentNames));
        } else {
            query.poll(next -> poll(question, next));
        }
    }

    private static long count(String text) {
        try {
            return Math.max(0, Long.parseLong(text));
        } catch (NumberFormatException e) {
            return 0; // no member of ours wrote this answer
        }
    }

    private static void forget(RedisConnection connection, String answers) {
        try {
            connection.number(Protocol.Command.DEL, answers);
        } catch (JedisException e) {
            LOG.debug("the answers to a dry run stay until they expire", e);
        }
    }
}

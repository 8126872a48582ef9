package dev.freshet.bus.internal.member;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.DryRunResult;
import dev.freshet.bus.MemberAudit;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.Topology;
import dev.freshet.schema.Namespace;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisException;

/** Asks live members about their entries. A question goes over members' own channels, never into the log. */
final class MemberQuestions {

    private static final Logger LOG = LoggerFactory.getLogger(MemberQuestions.class);

    /** @param asked the names of the members that were asked, by their ids */
    private record Open<T>(
            RedisNames names, String answers, Map<String, String> asked, Function<List<Answer>, T> result) {}

    /** @param text what the member answered; null: nothing in time */
    private record Answer(String id, String name, @Nullable String text) {}

    private final QueryThread thread;
    private final Topology topology;
    private final Namespace namespace;

    MemberQuestions(QueryThread thread, Topology topology, Namespace namespace) {
        this.thread = thread;
        this.topology = topology;
        this.namespace = namespace;
    }

    CompletableFuture<DryRunResult> count(String region, List<Selector> selectors, Duration timeout) {
        return ask(
                new MemberMessage.CountQuestion(id(), region, selectors),
                timeout,
                answers -> new DryRunResult(
                        answers.size(),
                        (int) answers.stream()
                                .filter(answer -> answer.text() != null)
                                .count(),
                        answers.stream()
                                .mapToLong(answer -> number(answer.text()))
                                .sum(),
                        answers.stream()
                                .filter(answer -> answer.text() == null)
                                .map(Answer::name)
                                .sorted()
                                .toList()));
    }

    CompletableFuture<List<MemberAudit>> audit(String region, AuditQuery query, Duration timeout) {
        return ask(new MemberMessage.AuditQuestion(id(), region, query), timeout, answers -> answers.stream()
                .map(answer -> AuditText.parse(answer.id(), answer.name(), answer.text()))
                .toList());
    }

    private static String id() {
        return Position.formatEpoch(ThreadLocalRandom.current().nextLong());
    }

    private <T> CompletableFuture<T> ask(
            MemberMessage.Question question, Duration timeout, Function<List<Answer>, T> result) {
        RedisNames names = namespace.region(question.region());
        byte[] message = MemberMessage.question(question);
        return thread.ask(timeout, query -> {
            Map<String, String> asked = send(names, message);
            poll(new Open<>(names, names.answers(question.id()), asked, result), query);
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

    private <T> void poll(Open<T> open, QueryThread.Query<T> query) {
        RedisConnection connection = thread.connection(open.names().members());
        Map<String, String> texts = new HashMap<>();
        for (Object answer : connection.list(Protocol.Command.LRANGE, open.answers(), "0", "-1")) {
            String text = String.valueOf(RedisConnection.asText(answer));
            int space = text.indexOf(' ');
            if (space > 0 && open.asked().containsKey(text.substring(0, space))) {
                texts.putIfAbsent(text.substring(0, space), text.substring(space + 1));
            }
        }
        if (texts.size() == open.asked().size() || query.isTimeUp()) {
            forget(connection, open.answers());
            List<Answer> answers = new ArrayList<>();
            open.asked().forEach((id, name) -> answers.add(new Answer(id, name, texts.get(id))));
            query.complete(open.result().apply(answers));
        } else {
            query.poll(next -> poll(open, next));
        }
    }

    private static long number(@Nullable String text) {
        try {
            return text == null ? 0 : Math.max(0, Long.parseLong(text));
        } catch (NumberFormatException e) {
            return 0; // no member of ours wrote this answer
        }
    }

    private static void forget(RedisConnection connection, String answers) {
        try {
            connection.number(Protocol.Command.DEL, answers);
        } catch (JedisException e) {
            LOG.debug("the answers to a question stay until they expire", e);
        }
    }
}

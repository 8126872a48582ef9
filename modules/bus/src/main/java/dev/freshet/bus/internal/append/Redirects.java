package dev.freshet.bus.internal.append;

import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.encode.Submission;
import dev.freshet.bus.internal.redis.RedisErrors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * Appends elsewhere what a server did not take: after a failover, or if a slot of a cluster moved, at the master as of now;
 * while a slot moves, at the server that the refusal names. Changes are packed anew, because their times are told on the clock
 * of the server that logs them. Belongs to the leader.
 */
final class Redirects {

    private final AppendContext context;
    private final AppendNodes nodes;
    private final CallPacker packer;
    private final AppendRound round;
    private final Refusals refusals;

    Redirects(AppendContext context, AppendNodes nodes, CallPacker packer, AppendRound round, Refusals refusals) {
        this.context = context;
        this.nodes = nodes;
        this.packer = packer;
        this.round = round;
        this.refusals = refusals;
    }

    /** Follows each call once in each way. Returns those that may be taken in a moment; the callers of others are answered. */
    List<UnplacedCall> follow(List<UnplacedCall> left) {
        List<UnplacedCall> later = new ArrayList<>();
        Set<Submission> moved = new LinkedHashSet<>();
        Map<HostAndPort, Set<Submission>> asked = new LinkedHashMap<>();
        for (UnplacedCall call : left) {
            if (!call.isRefused()) {
                later.add(call);
            } else if (!collectAsked(call, asked)) {
                collect(call, moved);
            }
        }
        if (!moved.isEmpty()) {
            context.topology().refresh();
            for (UnplacedCall call : round.exchange(packer.pack(again(moved)))) {
                if (!collectAsked(call, asked)) {
                    laterOrNever(call, later);
                }
            }
        }
        asked.forEach((server, submissions) -> {
            AppendNode node = nodes.at(server);
            round.exchangeAsking(node, packer.packFor(node, again(submissions)))
                    .forEach(call -> laterOrNever(call, later));
        });
        return later;
    }

    private static boolean collectAsked(UnplacedCall call, Map<HostAndPort, Set<Submission>> asked) {
        @Nullable HostAndPort server = call.takenBy();
        if (server == null) {
            return false;
        }
        collect(call, asked.computeIfAbsent(server, first -> new LinkedHashSet<>()));
        return true;
    }

    private static void collect(UnplacedCall call, Collection<Submission> into) {
        call.call().records().forEach(record -> into.addAll(record.callers()));
    }

    private static Collection<Submission> again(Collection<Submission> submissions) {
        submissions.removeIf(Submission::isAnswered);
        submissions.forEach(submission -> submission.rewind(true));
        return submissions;
    }

    private void laterOrNever(UnplacedCall call, List<UnplacedCall> later) {
        if (!call.isRefused() || (call.isMoving() && context.topology().hasSlots())) {
            later.add(call);
        } else {
            String why = RedisErrors.withoutSlots(call.why(), context.topology());
            refusals.unavailableCalls(List.of(call.call()), Outage.nowhere(why));
        }
    }
}

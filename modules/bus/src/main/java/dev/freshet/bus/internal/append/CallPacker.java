package dev.freshet.bus.internal.append;

import dev.freshet.bus.BusException;
import dev.freshet.bus.internal.encode.AppendCall;
import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.encode.AppendScripts;
import dev.freshet.bus.internal.encode.PackResult;
import dev.freshet.bus.internal.encode.PackedRecord;
import dev.freshet.bus.internal.encode.RecordPacker;
import dev.freshet.bus.internal.encode.Submission;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Packs what the leader took, region by region, into calls, and says which node gets which. Each region is packed with the
 * clock of its node. Belongs to the leader.
 */
final class CallPacker {

    private final AppendContext context;
    private final AppendNodes nodes;
    private final Refusals refusals;

    CallPacker(AppendContext context, AppendNodes nodes, Refusals refusals) {
        this.context = context;
        this.nodes = nodes;
        this.refusals = refusals;
    }

    /** Packs changes for the masters of their regions, and refuses those of a region that has none. */
    Map<AppendNode, List<AppendCall>> pack(Collection<Submission> taken) {
        Map<AppendNode, List<AppendCall>> calls = new LinkedHashMap<>();
        byRegion(taken).forEach((region, submissions) -> {
            AppendNode node = nodeOf(region, submissions);
            if (node != null) {
                calls.computeIfAbsent(node, first -> new ArrayList<>()).addAll(pack(region, submissions, node));
            }
        });
        return calls;
    }

    /** Packs changes for a node, whatever their regions' masters are. */
    List<AppendCall> packFor(AppendNode node, Collection<Submission> taken) {
        List<AppendCall> calls = new ArrayList<>();
        byRegion(taken).forEach((region, submissions) -> calls.addAll(pack(region, submissions, node)));
        return calls;
    }

    private static Map<String, List<Submission>> byRegion(Collection<Submission> taken) {
        Map<String, List<Submission>> byRegion = new LinkedHashMap<>();
        for (Submission submission : taken) {
            byRegion.computeIfAbsent(submission.region(), region -> new ArrayList<>())
                    .add(submission);
        }
        return byRegion;
    }

    private @Nullable AppendNode nodeOf(String region, List<Submission> submissions) {
        try {
            return nodes.nodeOf(region);
        } catch (BusException e) {
            if (!context.topology().hasSlots()) {
                throw e;
            }
            refusals.unavailable(submissions, Outage.of(e), false);
            return null;
        }
    }

    private List<AppendCall> pack(String region, List<Submission> submissions, AppendNode node) {
        PackResult packed = RecordPacker.pack(submissions, context.config().name(), node.clock());
        if (!submissions.get(0).wasPackedBefore()) {
            packed.report(region, context.listener());
        }
        submissions.forEach(Submission::packed);
        List<PackedRecord> records = packed.records();
        List<AppendCall> calls = new ArrayList<>(1);
        for (int from = 0; from < records.size(); from += AppendScripts.MAX_RECORDS) {
            int to = Math.min(records.size(), from + AppendScripts.MAX_RECORDS);
            calls.add(new AppendCall(region, RecordPacker.awaitOnce(records.subList(from, to))));
        }
        return calls;
    }
}

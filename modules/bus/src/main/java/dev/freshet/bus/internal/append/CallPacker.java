package dev.freshet.bus.internal.append;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Packs what the leader took, region by region, into calls, and says which node gets which. Each region is packed with the
 * clock of its node. Belongs to the leader.
 */
final class CallPacker {

    private final AppendContext context;
    private final AppendNodes nodes;

    CallPacker(AppendContext context, AppendNodes nodes) {
        this.context = context;
        this.nodes = nodes;
    }

    Map<AppendNode, List<AppendCall>> pack(List<Submission> taken) {
        Map<String, List<Submission>> byRegion = new LinkedHashMap<>();
        for (Submission submission : taken) {
            byRegion.computeIfAbsent(submission.region(), region -> new ArrayList<>())
                    .add(submission);
        }
        Map<AppendNode, List<AppendCall>> calls = new LinkedHashMap<>();
        byRegion.forEach((region, submissions) -> {
            AppendNode node = nodes.nodeOf(region);
            PackResult packed = RecordPacker.pack(submissions, context.config().name(), node.clock());
            packed.report(region, context.listener());
            addCalls(calls.computeIfAbsent(node, first -> new ArrayList<>()), region, packed.records());
        });
        return calls;
    }

    private static void addCalls(List<AppendCall> calls, String region, List<PackedRecord> records) {
        for (int from = 0; from < records.size(); from += AppendScripts.MAX_RECORDS) {
            int to = Math.min(records.size(), from + AppendScripts.MAX_RECORDS);
            calls.add(new AppendCall(region, RecordPacker.awaitOnce(records.subList(from, to))));
        }
    }
}

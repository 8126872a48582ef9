package dev.freshet.bus.internal.encode;

import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.bus.internal.redis.ScriptCall;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How calls are encoded for one server: those of a round together in few scripts, that of a direct append from a template of
 * its region. Belongs to the leader.
 */
public final class NodeEncoding {

    /** A few hundred bytes each. With one more region, all are made anew. */
    private static final int MAX_TEMPLATES = 1_000;

    private final String runId;
    private final AppendSettings settings;
    private final ReplicaWait replicaWait;
    private final BatchExchange exchange;
    private final Map<String, AppendTemplate> templates = new HashMap<>();

    /**
     * For the server with this run_id.
     *
     * @param hasSlots whether a script may touch one region only
     */
    public NodeEncoding(String runId, AppendSettings settings, ReplicaWait replicaWait, boolean hasSlots) {
        this(runId, settings, replicaWait, new BatchExchange(runId, settings, hasSlots));
    }

    private NodeEncoding(String runId, AppendSettings settings, ReplicaWait replicaWait, BatchExchange exchange) {
        this.runId = runId;
        this.settings = settings;
        this.replicaWait = replicaWait;
        this.exchange = exchange;
    }

    /** For a server that takes over slots, and is not the master of the calls' regions yet. */
    public static NodeEncoding asking(String runId, AppendSettings settings, ReplicaWait replicaWait) {
        return new NodeEncoding(runId, settings, replicaWait, BatchExchange.asking(runId, settings));
    }

    public boolean isFor(String server, boolean sharded) {
        return settings.sharded() == sharded && runId.equals(server);
    }

    /** Sends a round's calls and, where replicas must acknowledge, the command that waits for them. */
    public void send(RedisConnection over, List<AppendCall> calls) {
        exchange.send(over, calls);
        if (replicaWait.isWanted()) {
            over.sendCommand(replicaWait.command());
        }
        over.flushCommands();
    }

    /** What reads the replies to what {@link #send} sent. */
    public BatchExchange exchange() {
        return exchange;
    }

    /** Returns a direct append of one record as bytes to send. */
    public byte[] bytes(AppendCall call) {
        AppendTemplate template = templates.get(call.region());
        if (template == null) {
            if (templates.size() == MAX_TEMPLATES) {
                templates.clear();
            }
            template = new AppendTemplate(
                    settings.namespace().region(call.region()),
                    runId,
                    settings,
                    replicaWait.isWanted() ? replicaWait.command() : null);
            templates.put(call.region(), template);
        }
        return template.bytes(ScriptCall.freshEpoch(), call.records().get(0));
    }
}

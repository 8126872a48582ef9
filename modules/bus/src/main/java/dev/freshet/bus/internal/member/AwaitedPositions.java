package dev.freshet.bus.internal.member;

import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.internal.redis.RedisConnection;
import dev.freshet.schema.Namespace;
import dev.freshet.schema.RedisNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Waits until all live members have applied what was published. It polls the members rows. */
final class AwaitedPositions {

    private final QueryThread thread;
    private final Namespace namespace;

    AwaitedPositions(QueryThread thread, Namespace namespace) {
        this.thread = thread;
        this.namespace = namespace;
    }

    CompletableFuture<AwaitResult> await(Collection<Receipt> receipts, Duration timeout) {
        List<Receipt> pending = List.copyOf(receipts);
        return thread.ask(timeout, query -> poll(pending, query));
    }

    private void poll(List<Receipt> receipts, QueryThread.Query<AwaitResult> query) {
        Set<String> members = new HashSet<>();
        Set<String> lagging = new HashSet<>();
        List<String> laggingNames = new ArrayList<>();
        for (Receipt receipt : receipts) {
            RedisNames names = namespace.region(receipt.region());
            RedisConnection connection = thread.connection(names.members());
            for (MemberRow row : MemberRows.readLive(connection, names)) {
                String id = row.member().id();
                members.add(id);
                if (!row.member().hasApplied(receipt.position(), receipt.loggedAtMicros()) && lagging.add(id)) {
                    laggingNames.add(row.member().name());
                }
            }
        }
        if (lagging.isEmpty() || query.isTimeUp()) {
            query.complete(new AwaitResult(members.size(), members.size() - lagging.size(), laggingNames));
        } else {
            query.poll(next -> poll(receipts, next));
        }
    }
}

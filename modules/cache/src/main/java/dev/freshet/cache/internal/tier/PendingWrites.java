package dev.freshet.cache.internal.tier;

import dev.freshet.schema.Selector;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Write-throughs under way in this process, and whether anything but their own invalidation concerned them since they began.
 * An invalidation bears its writer's mark as one more key, which also keeps it from being taken for a duplicate of another's.
 */
public final class PendingWrites {

    private static final String MARK = "freshet-write:";

    /** One write. */
    public static final class Pending {
        private final String key;
        public final String mark = MARK + UUID.randomUUID();

        /** Completes when its own invalidation is applied here, or will not come. */
        public final CompletableFuture<Void> ownApplied = new CompletableFuture<>();

        private volatile boolean overtaken;

        private Pending(String key) {
            this.key = key;
        }

        public boolean isOvertaken() {
            return overtaken;
        }
    }

    private final Map<String, Pending> byMark = new ConcurrentHashMap<>();

    public Pending begin(String key) {
        Pending pending = new Pending(key);
        byMark.put(pending.mark, pending);
        return pending;
    }

    public void end(Pending pending) {
        byMark.remove(pending.mark);
    }

    public boolean isEmpty() {
        return byMark.isEmpty();
    }

    /** Something is about to be evicted. To be called before it is. */
    public void evicting(Selector selector) {
        for (Pending pending : byMark.values()) {
            if (concerns(selector, pending)) {
                pending.overtaken = true;
            }
        }
    }

    private static boolean concerns(Selector selector, Pending pending) {
        List<String> names = selector.names();
        return switch (selector.kind()) {
            case KEYS -> names.contains(pending.key) && !names.contains(pending.mark);
            case PREFIXES -> names.stream().anyMatch(pending.key::startsWith);
            case TAGS, ALL -> true; // which tags the new value has is not known yet
        };
    }

    /** Something was evicted. To be called after it was. */
    public void evicted(Selector selector) {
        if (selector.kind() == Selector.Kind.KEYS) {
            for (String key : selector.names()) {
                Pending pending = key.startsWith(MARK) ? byMark.get(key) : null;
                if (pending != null) {
                    pending.ownApplied.complete(null); // whoever waits goes on in its own thread: nothing is attached
                }
            }
        }
    }

    /** Everything is about to go. That may stand for a write's own invalidation, which then never comes by itself. */
    public void evictingAll() {
        for (Pending pending : byMark.values()) {
            pending.overtaken = true;
            pending.ownApplied.complete(null);
        }
    }
}

package dev.freshet.cache.internal.region;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.Audited;
import dev.freshet.bus.AuditedEntry;
import dev.freshet.bus.RedisTime;
import dev.freshet.cache.internal.entry.Entry;
import dev.freshet.cache.internal.store.CoherentStore;
import dev.freshet.cache.internal.store.ConfirmationGate;
import dev.freshet.cache.internal.store.EntryTable;
import dev.freshet.cache.internal.store.RegionCacheConfig;
import dev.freshet.cache.internal.store.SelectorMatch;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Tells what a read would find now, and leaves no trace: nothing is counted, stamped or removed. Any thread. */
final class RegionAudit<V> {

    private final RegionCacheConfig<V> config;
    private final EntryTable<V> entries;
    private final CoherentStore<V> store;
    private final ConfirmationGate serving;

    RegionAudit(RegionCacheConfig<V> config, CoherentStore<V> store, ConfirmationGate serving) {
        this.config = config;
        this.entries = store.entries();
        this.store = store;
        this.serving = serving;
    }

    /** @param clock null: nobody knows how Redis's clock and this machine's lie to each other, so that nothing can be told */
    @Nullable
    Audited audit(AuditQuery query, @Nullable RedisTime clock) {
        if (clock == null) {
            return null;
        }
        Look look = new Look(query, clock);
        if (serving.isBypassed(look.confirmedAgeNanos)) {
            return Audited.NOTHING; // a read would find nothing
        }
        SelectorMatch match = new SelectorMatch(query.selectors());
        if (match.namesKeysOnly()) {
            for (String key : match.keys()) {
                Entry<V> entry = entries.peek(key, look.nowNanos);
                if (entry != null) {
                    look.found(key, entry);
                }
            }
        } else {
            entries.readable(look.nowNanos, match::matches)
                    .forEach(mapping -> look.found(mapping.getKey(), mapping.getValue()));
        }
        return look.held();
    }

    private record Found<V>(String key, Entry<V> entry, long confirmedAgeNanos) {}

    /** One look at the region. */
    private final class Look {
        private final AuditQuery query;
        private final RedisTime clock;

        /** Before anything is read, as for every read. */
        private final long confirmedAgeNanos = serving.confirmedAgeNanos();

        private final long nowNanos = config.time().nanoTime();
        private final long storedBeforeNanos;
        private final List<Found<V>> named = new ArrayList<>();
        private long matching;

        Look(AuditQuery query, RedisTime clock) {
            this.query = query;
            this.clock = clock;
            this.storedBeforeNanos = query.isTimed() ? clock.nanoTimeAt(query.storedBeforeMicros()) : 0;
        }

        /** Keeps a random choice of what is found: each is as likely as any other. */
        void found(String key, Entry<V> entry) {
            if (query.isTimed() && entry.storedAtNanos - storedBeforeNanos >= 0) {
                return;
            }
            long ageNanos = confirmedAgeNanos;
            if (store.fences().isSpared(entry)) {
                ageNanos = store.fences().sparedAgeNanos(entry);
                if (ageNanos > serving.afterNanos()) {
                    return; // its moment has come, no read returns it
                }
            }
            matching++;
            Found<V> found = new Found<>(key, entry, ageNanos);
            if (named.size() < query.limit()) {
                named.add(found);
            } else if (query.limit() > 0) {
                long at = ThreadLocalRandom.current().nextLong(matching);
                if (at < named.size()) {
                    named.set((int) at, found);
                }
            }
        }

        Audited held() {
            long nowMicros = clock.nowMicros();
            return new Audited(
                    matching,
                    named.stream().map(found -> entry(found, nowMicros)).toList());
        }

        private AuditedEntry entry(Found<V> found, long nowMicros) {
            Entry<V> entry = found.entry();
            String[] tags = entry.details().tags;
            return new AuditedEntry(
                    found.key(),
                    nowMicros - (nowNanos - entry.storedAtNanos) / 1_000,
                    entry.details().version(),
                    Arrays.asList(tags).subList(0, Math.min(tags.length, AuditedEntry.MAX_TAGS)),
                    found.confirmedAgeNanos() == Long.MAX_VALUE
                            ? 0
                            : Math.max(0, nowMicros - found.confirmedAgeNanos() / 1_000),
                    query.hashed() ? hash(entry.value) : null);
        }
    }

    private @Nullable String hash(@Nullable V value) {
        Function<? super V, byte[]> bytes = config.valueBytes();
        if (bytes == null) {
            return null;
        }
        return value == null ? "" : HexFormat.of().formatHex(sha256().digest(bytes.apply(value)));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}

package dev.freshet.audit;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.AuditedEntry;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.MemberAudit;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * One invalidation of a record that was picked, and what members must not hold because of it: entries that it names, and that were
 * stored before it was logged.
 *
 * @param invalidation names at most {@value #MAX_NAMES} of the names that the record's does
 */
record PickedChange(String region, LoggedRecord record, Invalidation invalidation) {

    /** Of a selector with more names, a random choice is asked for. */
    static final int MAX_NAMES = 16;

    /** A member's clock is an estimate, and so is the moment as of which it says to be confirmed. */
    private static final long CLOCK_MARGIN_MICROS = 10_000;

    static PickedChange of(String region, LoggedRecord record, Random random) {
        List<Invalidation> all = record.body().invalidations();
        Invalidation picked = all.get(random.nextInt(all.size()));
        Selector selector = picked.selector();
        List<String> names = new ArrayList<>(selector.names());
        if (names.size() > MAX_NAMES) {
            Collections.shuffle(names, random);
            names = names.subList(0, MAX_NAMES);
        }
        return new PickedChange(
                region,
                record,
                new Invalidation(
                        Selector.of(selector.kind(), names),
                        picked.changedAtMicros(),
                        picked.acceptedAtMicros(),
                        picked.version(),
                        picked.trace()));
    }

    long loggedAtMicros() {
        return record.header().loggedAtMicros();
    }

    AuditQuery query() {
        return new AuditQuery(List.of(invalidation.selector()), loggedAtMicros(), AuditFinding.MAX_KEYS, false);
    }

    /**
     * Judges a member's answer.
     *
     * @param nowMicros the Redis clock's time
     * @return null: it holds nothing that it should not
     */
    @Nullable
    AuditFinding judge(MemberAudit answer, Duration after, long nowMicros) {
        List<AuditedEntry> stale = Objects.requireNonNull(answer.held()).entries().stream()
                .filter(entry -> !isNewEnough(entry))
                .toList();
        return stale.isEmpty()
                ? null
                : new AuditFinding(
                        AuditFinding.Kind.STALE,
                        region,
                        stale.stream().map(AuditedEntry::key).toList(),
                        record.header().position(),
                        record.body().origin(),
                        invalidation.trace() == null
                                ? null
                                : invalidation.trace().traceId(),
                        answer.id(),
                        answer.name(),
                        answer.position(),
                        after,
                        nowMicros - loggedAtMicros(),
                        stale.stream()
                                .allMatch(
                                        entry -> entry.confirmedAtMicros() <= loggedAtMicros() + CLOCK_MARGIN_MICROS));
    }

    /** An entry of the invalidation's version, or of a later one, stays. */
    private boolean isNewEnough(AuditedEntry entry) {
        return invalidation.version().isPresent()
                && entry.version().isPresent()
                && entry.version().getAsLong() >= invalidation.version().getAsLong();
    }
}

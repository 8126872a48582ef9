package dev.freshet.bus.internal.encode;

import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Limits;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.Selector;
import dev.freshet.schema.TraceContext;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Packs the changes of one region into as few records as their size allows. Exact duplicates (equal selector, version and await)
 * become one invalidation, which keeps the earliest time of change, since the entry became stale then. Every caller gets the
 * position of that one.
 */
public final class RecordPacker {

    /**
     * One invalidation and its callers, of which there is nearly always one. Two slots are equal if they can become one, so a
     * slot is its own key in a map.
     */
    private static final class Slot {
        private final Selector selector;
        private final Submission first;
        private final int hash;
        private long changedNanos;
        private List<Submission> others = List.of();
        private @Nullable TraceContext trace;

        private Slot(Selector selector, Submission first) {
            this.selector = selector;
            this.first = first;
            this.hash = selector.hashCode();
            this.changedNanos = first.changedNanos();
            this.trace = first.trace();
        }

        private void join(Submission another) {
            if (another.changedNanos() - changedNanos < 0) {
                changedNanos = another.changedNanos();
            }
            if (trace == null) {
                trace = another.trace();
            }
            if (others.isEmpty()) {
                others = new ArrayList<>();
            }
            others.add(another);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Slot slot
                    && hash == slot.hash
                    && first.isAwaited() == slot.first.isAwaited()
                    && first.version().equals(slot.first.version())
                    && selector.equals(slot.selector);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private final String origin;
    private final RedisClock clock;
    private int fromFuture;

    private RecordPacker(String origin, RedisClock clock) {
        this.origin = origin;
        this.clock = clock;
    }

    /** Packs the changes of one region, with their times on the clock of the region's node. */
    public static PackResult pack(List<Submission> submissions, String origin, RedisClock clock) {
        List<Slot> inOrder = new ArrayList<>(submissions.size());
        int duplicates = 0;
        if (submissions.size() == 1 && submissions.get(0).selectors().size() == 1) {
            Submission only = submissions.get(0);
            inOrder.add(new Slot(only.selectors().get(0), only));
        } else {
            duplicates = distinct(submissions, inOrder);
        }
        RecordPacker packer = new RecordPacker(origin, clock);
        List<PackedRecord> records = packer.split(inOrder);
        return new PackResult(records, inOrder.size(), duplicates, packer.fromFuture);
    }

    /** Collects the invalidations that differ, and returns how many duplicates were dropped. */
    private static int distinct(List<Submission> submissions, List<Slot> inOrder) {
        Map<Slot, Slot> slots = new HashMap<>(2 * submissions.size());
        int duplicates = 0;
        for (Submission submission : submissions) {
            for (Selector selector : submission.selectors()) {
                Slot slot = new Slot(selector, submission);
                Slot known = slots.putIfAbsent(slot, slot);
                if (known == null) {
                    inOrder.add(slot);
                } else {
                    known.join(submission);
                    duplicates++;
                }
            }
        }
        return duplicates;
    }

    private List<PackedRecord> split(Collection<Slot> slots) {
        List<PackedRecord> records = new ArrayList<>(1);
        List<Slot> open = new ArrayList<>(slots.size());
        List<Invalidation> invalidations = new ArrayList<>(slots.size());
        int bytes = RecordCodec.BODY_OVERHEAD_BYTES;
        for (Slot slot : slots) {
            Invalidation invalidation = invalidationOf(slot);
            int more = RecordCodec.encodedBytesAtMost(invalidation);
            if (!open.isEmpty() && bytes + more > Limits.MAX_BODY_BYTES) {
                records.add(seal(open, invalidations));
                open = new ArrayList<>();
                invalidations = new ArrayList<>();
                bytes = RecordCodec.BODY_OVERHEAD_BYTES;
            }
            open.add(slot);
            invalidations.add(invalidation);
            bytes += more;
        }
        records.add(seal(open, invalidations));
        return records;
    }

    private Invalidation invalidationOf(Slot slot) {
        long acceptedAtMicros = clock.microsAt(slot.first.acceptedNanos());
        long changedAtMicros = clock.microsAt(slot.changedNanos);
        if (changedAtMicros > acceptedAtMicros) {
            if (changedAtMicros - acceptedAtMicros > clock.errorMicros().orElse(0)) {
                fromFuture++;
            }
            changedAtMicros = acceptedAtMicros;
        }
        return new Invalidation(slot.selector, changedAtMicros, acceptedAtMicros, slot.first.version(), slot.trace);
    }

    private PackedRecord seal(List<Slot> slots, List<Invalidation> invalidations) {
        List<Submission> callers = new ArrayList<>(slots.size());
        boolean awaited = false;
        for (Slot slot : slots) {
            take(slot.first, slots, callers);
            for (Submission other : slot.others) {
                take(other, slots, callers);
            }
            awaited |= slot.first.isAwaited();
        }
        byte[] body = RecordCodec.encodeBody(new RecordBody(origin, clock.errorMicros(), invalidations));
        return new PackedRecord(body, invalidations.size(), awaited, callers, traces(callers));
    }

    private static List<TraceContext> traces(List<Submission> callers) {
        List<TraceContext> traces = List.of();
        for (Submission caller : callers) {
            TraceContext trace = caller.trace();
            if (trace != null) {
                if (traces.isEmpty()) {
                    traces = new ArrayList<>();
                }
                traces.add(trace);
            }
        }
        return traces;
    }

    private static void take(Submission caller, List<Slot> record, List<Submission> callers) {
        if (caller.isNewTo(record)) {
            callers.add(caller);
            caller.partOfOneMore();
        }
    }

    /**
     * Leaves only the last awaited record marked as such, of records that are appended in one step and in this order. A member
     * that has applied it has applied those before it, and need not report each.
     */
    public static List<PackedRecord> awaitOnce(List<PackedRecord> together) {
        List<PackedRecord> marked = new ArrayList<>(together.size());
        boolean awaitedLater = false;
        for (int i = together.size() - 1; i >= 0; i--) {
            PackedRecord packed = together.get(i);
            marked.add(packed.awaited() && awaitedLater ? packed.notAwaited() : packed);
            awaitedLater |= packed.awaited();
        }
        Collections.reverse(marked);
        return marked;
    }
}

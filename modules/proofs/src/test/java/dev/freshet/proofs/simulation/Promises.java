package dev.freshet.proofs.simulation;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.ResetReason;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.ServingState;
import dev.freshet.proofs.mutation.Breach;
import dev.freshet.proofs.simulation.SimulatedReplica.Stored;
import dev.freshet.proofs.simulation.Source.Row;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.Selector;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one replica owes its readers, checked at each step. Five invariants:
 *
 * <ol>
 *   <li><b>Nothing comes back.</b> Once an invalidation was applied, no entry that it covers is read that is older than the
 *       source was at that moment: whatever is stored later was loaded later. After a reset, or the first join, that holds
 *       for every key, and no load from before is stored; but where resets are spread, entries from before may be read for a
 *       while, under the claim that they had.
 *   <li><b>Nothing is lost.</b> Within an epoch records are applied one after the other, unless a reset lies between.
 *   <li><b>Confirmed never lies.</b> A reader who is told that the region is confirmed as of some age ago reads nothing
 *       older than what was appended before that. (A master that is cut off is believed until it refuses to write, which
 *       it does after {@link World#MAX_LAG_MICROS}: what others appended elsewhere in that time is owed only later.) Where a
 *       region is bypassed beyond its bound, nothing at all is read that is older than bound and lag together.
 *   <li><b>Nothing is thrown away needlessly.</b> A reset only after something that breaks continuity.
 *   <li><b>Applied means applied.</b> Where the fleet says that a replica has applied a position, or the replica itself does, nothing
 *       older than the changes at that position is read there.
 * </ol>
 */
final class Promises {

    private final World world;
    private final SimulatedReplica replica;

    /** What a key's entries are at least, and what those with a tag are at least. */
    private final Map<String, Long> leastVersions = new HashMap<>();

    private final Map<String, Map<String, Long>> leastVersionsByTag = new HashMap<>();

    /** What entries are at least whose load began after the last reset. Those from before may be spared for a while. */
    private final Map<String, Long> leastVersionsSinceReset = new HashMap<>();

    /** What values that another replica loaded are at least: what was said of them in records that were applied here. */
    private final Map<String, Long> leastVersionsSaid = new HashMap<>();

    private final Map<String, Map<String, Long>> leastVersionsSaidByTag = new HashMap<>();

    private int resets;
    private @Nullable RedisModel confirmedBeforeReset;
    private @Nullable Position lastApplied;
    private long disruptionsSeen;
    private long disruptionsHeard;
    private boolean foundHole;
    private boolean foundUnreadable;
    private boolean hasReaderFailed;

    Promises(World world, SimulatedReplica replica) {
        this.world = world;
        this.replica = replica;
    }

    /** A message is delivered that was sent when there had been so many disruptions: what it says is as old as that. */
    void heard(long disruptions) {
        disruptionsHeard = disruptions;
    }

    void applied(LoggedRecord record) {
        Position at = record.header().position();
        Position before = lastApplied;
        if (before != null && before.epoch() == at.epoch() && at.sequence() != before.sequence() + 1) {
            throw new Breach(replica + " applied " + at + " after " + before + " without a reset");
        }
        lastApplied = at;
        for (Invalidation invalidation : record.body().invalidations()) {
            applied(invalidation);
        }
    }

    private void applied(Invalidation invalidation) {
        Selector selector = invalidation.selector();
        said(invalidation);
        if (selector instanceof Selector.Tags tags) {
            for (String tag : tags.tags()) {
                raise(leastVersionsByTag.computeIfAbsent(tag, t -> new HashMap<>()));
            }
            return;
        }
        for (String key : world.source.keys()) {
            if (Change.covers(selector, key, java.util.Set.of())) {
                if (!Source.isVersioned(key)) {
                    leastVersions.put(key, world.source.read(key).version());
                } else if (invalidation.version().isPresent()) {
                    leastVersions.merge(key, invalidation.version().getAsLong(), Math::max);
                }
            }
        }
    }

    /** Notes which versions the changes brought that the invalidation tells of. */
    private void said(Invalidation invalidation) {
        for (String key : world.source.keys()) {
            for (Change change : world.source.changesOf(key)) {
                if (change.committedAtMicros != invalidation.changedAtMicros()
                        || !change.selector.equals(invalidation.selector())) {
                    continue;
                }
                long version = Objects.requireNonNull(change.versions.get(key));
                if (change.selector instanceof Selector.Tags tags) {
                    tags.tags().forEach(tag -> leastVersionsSaidByTag
                            .computeIfAbsent(tag, none -> new HashMap<>())
                            .merge(key, version, Math::max));
                } else {
                    leastVersionsSaid.merge(key, version, Math::max);
                }
            }
        }
    }

    /** A row was read from Redis: nothing newer may have been appended there before. */
    void foundInRedis(Row row, @Nullable RedisModel on) {
        world.countFoundInRedis();
        if (Source.isVersioned(row.key()) || on == null) {
            return; // a replica that has not heard of a version may store a lower one
        }
        for (Change change : world.source.changesOf(row.key())) {
            if (Objects.requireNonNull(change.versions.get(row.key())) > row.version()
                    && change.appendedOn.contains(on)
                    && Change.covers(change.selector, row.key(), row.tags())) {
                throw new Breach(replica + " finds " + row + " in Redis, where " + change + " was appended");
            }
        }
    }

    /** The reader fails at a record: it has to be reset. */
    void readerFailed() {
        hasReaderFailed = true;
    }

    /** An entry is read by somebody who was told that a change is applied here. Entries that a reset spared say how old they are. */
    void readAwaited(Lookup.Hit<Stored> hit, Change change, long version, Position position) {
        Stored stored = Objects.requireNonNull(hit.value());
        Row row = stored.row();
        if (stored.resets() == resets
                && row.version() < version
                && Change.covers(change.selector, row.key(), row.tags())) {
            throw new Breach(replica + " reads " + row + ", though it counts as if it had applied " + change + " at "
                    + position);
        }
    }

    /** How many resets there were, the first join among them. */
    int resets() {
        return resets;
    }

    void joined() {
        reset();
    }

    void reset(ResetReason reason, boolean sawUnreadable) {
        boolean isJustified =
                switch (reason) {
                    case EPOCH, SERVER, HEAD_BEHIND -> world.disruptions() > disruptionsSeen;
                    case TRIMMED -> foundHole;
                    case UNREADABLE, FOREIGN ->
                        sawUnreadable || foundUnreadable || world.disruptions() > disruptionsSeen;
                    case OVERFLOW -> true;
                    case READER_FAILED -> hasReaderFailed;
                };
        if (!isJustified) {
            throw new Breach(replica + " was reset for " + reason + ", and nothing had broken");
        }
        long seenBefore = disruptionsSeen;
        reset();
        if (reason == ResetReason.FOREIGN || reason == ResetReason.TRIMMED || reason == ResetReason.UNREADABLE) {
            disruptionsSeen = seenBefore; // the position stays in its epoch
        }
        world.countReset();
    }

    private void reset() {
        resets++;
        confirmedBeforeReset = replica.confirmingServer();
        raise(leastVersionsSinceReset);
        lastApplied = null;
        disruptionsSeen = disruptionsHeard;
        hasReaderFailed = false;
        foundHole = false;
        foundUnreadable = false;
    }

    /** Loads that begin from now on read at least this; but those of lagging rows may not. */
    private void raise(Map<String, Long> least) {
        for (String key : world.source.keys()) {
            if (!Source.isVersioned(key)) {
                least.put(key, world.source.read(key).version());
            }
        }
    }

    /** A page of the log was read: is anything missing that lies behind the position? */
    void readPage(@Nullable List<List<Object>> page, long from, long upTo) {
        long expected = from + 1;
        if (page != null) {
            for (List<Object> entry : page) {
                String id = new String((byte[]) entry.get(0), java.nio.charset.StandardCharsets.US_ASCII);
                foundHole |= !id.equals(expected + "-0");
                foundUnreadable |=
                        !(RecordCodec.decode((byte[]) ((List<?>) entry.get(1)).get(1)) instanceof Decoded.Intact);
                expected++;
            }
        }
        foundHole |= page == null || (page.isEmpty() && from < upTo);
        // A log of another epoch, which a restarted server holds, has the right numbers and nothing to do with this
        // one.
        foundHole |= world.disruptions() > disruptionsSeen;
    }

    void read(Lookup.Hit<Stored> hit) {
        Stored stored = Objects.requireNonNull(hit.value());
        Row row = stored.row();
        boolean isSpared = stored.resets() < resets;
        world.countRead();
        boolean isFromRedis = stored.isFromRedis() && !Source.isVersioned(row.key());
        long floor = (isFromRedis ? leastVersionsSaid : leastVersions).getOrDefault(row.key(), 0L);
        for (String tag : row.tags()) {
            floor = Math.max(
                    floor,
                    (isFromRedis ? leastVersionsSaidByTag : leastVersionsByTag)
                            .getOrDefault(tag, Map.of())
                            .getOrDefault(row.key(), 0L));
        }
        if (!isSpared && !isFromRedis) {
            floor = Math.max(floor, leastVersionsSinceReset.getOrDefault(row.key(), 0L));
        }
        if (row.version() < floor) {
            throw new Breach(replica + " reads " + row + ", though it evicted everything older than version " + floor);
        }
        if (replica.bypasses() && hit.state() != ServingState.CONFIRMED) {
            throw new Breach(replica + " reads " + row + " beyond its bound");
        }
        if (!Source.isVersioned(row.key())) {
            checkClaim(row, hit.confirmedAgeNanos(), isSpared ? confirmedBeforeReset : replica.confirmingServer());
        }
    }

    /** What a value of a key is at least that somebody asks for now, by where it comes from. */
    record Floor(
            int resets,
            long own,
            Map<String, Long> ownByTag,
            long sinceReset,
            long said,
            Map<String, Long> saidByTag) {}

    Floor floor(String key) {
        return new Floor(
                resets,
                leastVersions.getOrDefault(key, 0L),
                ofKey(key, leastVersionsByTag),
                leastVersionsSinceReset.getOrDefault(key, 0L),
                leastVersionsSaid.getOrDefault(key, 0L),
                ofKey(key, leastVersionsSaidByTag));
    }

    private static Map<String, Long> ofKey(String key, Map<String, Map<String, Long>> byTag) {
        Map<String, Long> floors = new HashMap<>();
        byTag.forEach((tag, byKey) -> floors.put(tag, byKey.getOrDefault(key, 0L)));
        return floors;
    }

    /** A caller is answered with a value, which may have been found here, loaded, or loaded by another replica. */
    void got(Stored stored, Floor asked) {
        Row row = stored.row();
        if (Source.isVersioned(row.key())) {
            return; // its loads read lagging rows, and bring them to who waits
        }
        world.countRead();
        boolean isFromRedis = stored.isFromRedis();
        long floor = isFromRedis ? asked.said : asked.own;
        for (String tag : row.tags()) {
            floor = Math.max(floor, (isFromRedis ? asked.saidByTag : asked.ownByTag).getOrDefault(tag, 0L));
        }
        if (!isFromRedis && stored.resets() >= asked.resets) { // else a reset has spared it for a while
            floor = Math.max(floor, asked.sinceReset);
        }
        if (row.version() < floor) {
            throw new Breach(replica + " gets " + row + ", though it had evicted everything older than version " + floor
                    + " when it asked");
        }
    }

    private void checkClaim(Row row, long confirmedAgeNanos, @Nullable RedisModel by) {
        long now = world.nowMicros();
        long claimed = confirmedAgeNanos == Long.MAX_VALUE ? -1 : now - confirmedAgeNanos / 1_000;
        long owed = by != null && world.wasCutOff(by) >= 0 ? Math.min(claimed, world.wasCutOff(by)) : claimed;
        List<Change> changes = world.source.changesOf(row.key());
        for (int i = changes.size() - 1; i >= 0; i--) {
            Change change = changes.get(i);
            long version = Objects.requireNonNull(change.versions.get(row.key()));
            if (version <= row.version()) {
                return;
            }
            if (!Change.covers(change.selector, row.key(), row.tags()) || change.effectiveAtMicros == Change.NEVER) {
                continue;
            }
            if (change.effectiveAtMicros < owed) {
                throw new Breach(replica + " reads " + row + " and claims to know all up to " + claimed + ", but "
                        + change + " was appended at " + change.effectiveAtMicros);
            }
            if (replica.bypasses() && now - change.effectiveAtMicros > World.BOUND_MICROS + World.MAX_LAG_MICROS) {
                throw new Breach(replica + " reads " + row + ", which was stale for " + (now - change.effectiveAtMicros)
                        + " us: " + change);
            }
        }
    }
}

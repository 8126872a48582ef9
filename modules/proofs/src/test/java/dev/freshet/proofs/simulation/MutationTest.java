package dev.freshet.proofs.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.proofs.mutation.Mutant;
import dev.freshet.proofs.mutation.Mutation;
import dev.freshet.proofs.mutation.MutationsTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The protections of publisher, bus and cache. */
class MutationTest extends MutationsTest {

    /** How an ordinary append makes sure that no other server was the master in between. */
    private static final String SHORT_LOOK_AT_REPLICATION =
            "\n      and string.find(replication, 'master_replid:' .. string.sub(plain, -40), 1, true)";

    /** For mutants that confirm as of now: the clock that the confirmation is made of, kept beside it. */
    private static final String CONFIRMATION_FIELD = "private final Confirmation confirmation;";

    private static final String TIME_FIELD = "\n    private final TimeSource time;";
    private static final String CONFIRMATION_MADE = "this.confirmation = new Confirmation(time);";
    private static final String TIME_KEPT = "\n        this.time = time;";

    /** How many seeds may pass before a missing protection is noticed. */
    private static final int MAX_SEEDS = 1_000;

    @Override
    protected List<Mutation> mutations() {
        return List.of(
                Mutation.of("gap check: a record that skips a sequence is applied")
                        .bus(
                                "RegionStateMachine.java",
                                "} else if (at.sequence() == current.sequence() + 1) {",
                                "} else if (at.sequence() > current.sequence()) {"),
                Mutation.of("duplicate check: an applied record is applied again")
                        .bus(
                                "RegionStateMachine.java",
                                "} else if (at.sequence() <= current.sequence()) {\n            effects.duplicate();",
                                "} else if (at.sequence() <= current.sequence()) {\n            apply(record, false);"),
                Mutation.of("epoch of live records: a record of another epoch is applied")
                        .bus(
                                "RegionStateMachine.java",
                                "if (at.epoch() != current.epoch()) {\n            reset(ResetReason.EPOCH, at, null);",
                                "if (false) {\n            reset(ResetReason.EPOCH, at, null);"),
                Mutation.of("epoch of the head: a new log counts as the old one")
                        .bus(
                                "RegionStateMachine.java",
                                "if (at.epoch() != current.epoch()) {\n            boolean sameServer",
                                "if (false) {\n            boolean sameServer"),
                Mutation.of("head behind the position: it counts as unchanged")
                        .bus(
                                "RegionStateMachine.java",
                                "} else if (at.sequence() < current.sequence()) {\n            if (reset(ResetReason.HEAD_BEHIND",
                                "} else if (at.sequence() < current.sequence()) {\n            effects.confirm(head.heartbeat());\n        } else if (false) {\n            if (reset(ResetReason.HEAD_BEHIND"),
                Mutation.of("hole in a page: a missing record is skipped")
                        .bus(
                                "RegionStateMachine.java",
                                "if (at.epoch() != current.epoch() || at.sequence() != current.sequence() + 1) {",
                                "if (at.epoch() != current.epoch()) {"),
                Mutation.of("empty page: a trimmed log counts as unchanged")
                        .bus(
                                "RegionStateMachine.java",
                                "if (entries.isEmpty()) {\n            resetReplay(ResetReason.TRIMMED);",
                                "if (entries.isEmpty()) {\n            adopt(java.util.Objects.requireNonNull(position).at(replayTarget), runId);\n            caughtUp();"),
                Mutation.of("replay: a member that returns continues from the head")
                        .bus(
                                "RegionStateMachine.java",
                                "            note(head);\n            unconfirmedHead = head;\n            startReplay(head.position().sequence());",
                                "            adopt(head.position(), head.runId());\n            live();\n            effects.confirm(head.heartbeat());"),
                Mutation.of("join: leases from before the first position stay alive")
                        .bus(
                                "RegionStateMachine.java",
                                "owed == null ? effects.joined() : effects.reset(owed)",
                                "true"),
                Mutation.of("confirmation by head: a member that lacks records is confirmed")
                        .missedLate()
                        .bus(
                                "RegionStateMachine.java",
                                "                missed(head);",
                                "                effects.confirm(head.heartbeat());"),
                Mutation.of("unreadable records: they are skipped")
                        .bus(
                                "RegionStateMachine.java",
                                "reset(ResetReason.UNREADABLE, at, at.epoch() == current.epoch() ? runId : null);",
                                "position = at;"),
                Mutation.of("heartbeat start: the confirmation dates from the answer's arrival")
                        .bus("RegionProgress.java", CONFIRMATION_FIELD, CONFIRMATION_FIELD + TIME_FIELD)
                        .bus("RegionProgress.java", CONFIRMATION_MADE, CONFIRMATION_MADE + TIME_KEPT)
                        .bus(
                                "RegionProgress.java",
                                "confirmation.confirm(beat.nanoTime(), beat.wallMicros(), beat.redisMicros());",
                                "confirmation.confirm(time.nanoTime(), time.wallMicros(), beat.redisMicros());"),
                Mutation.of("nonce check: an unrequested answer confirms")
                        .missedLate()
                        .bus("RegionFeed.java", "if (link.beat(head.heartbeat()) == null) {", "if (false) {")
                        .bus("RegionProgress.java", CONFIRMATION_FIELD, CONFIRMATION_FIELD + TIME_FIELD)
                        .bus("RegionProgress.java", CONFIRMATION_MADE, CONFIRMATION_MADE + TIME_KEPT)
                        .bus(
                                "RegionProgress.java",
                                "if (beat == null) {\n            return;",
                                "if (beat == null) { confirm(new FeedLink.Beat(time.nanoTime(), time.wallMicros(), 0)); return;"),
                Mutation.of("forgotten records: a new server that may lack them is not told")
                        .bus("DroppedRecords.java", "if (epoch.isYetToCome()\n", "if (true || epoch.isYetToCome()\n"),
                Mutation.of("forgotten records: they are forgotten with their region")
                        .bus(
                                "RetransmitBuffer.java",
                                "            dropped.add(oldest.region, oldest.runId, oldest.atNanos);\n",
                                ""),
                Mutation.of("await: a position of any other epoch counts as applied")
                        .bus("Member.java", "adoptedAtMicros - appendedAtMicros > CLOCKS_DIFFER_MICROS", "true"),
                Mutation.of("await: an epoch counts that was adopted before the append")
                        .bus(
                                "Member.java",
                                "adoptedAtMicros - appendedAtMicros > CLOCKS_DIFFER_MICROS",
                                "adoptedAtMicros > 0"),
                Mutation.of("Min-Position: a position of any other epoch counts as reached")
                        .bus(
                                "PositionWaiters.java",
                                "return now.epoch() == target.epoch() && now.sequence() >= target.sequence();",
                                "return now.epoch() != target.epoch() || now.sequence() >= target.sequence();"),
                Mutation.of("Min-Position: whatever moves the position ends the wait")
                        .bus(
                                "PositionWaiters.java",
                                "settle(waiter -> isAdopted || covers(now, waiter.position));",
                                "settle(waiter -> true);"),
                Mutation.of("readers: one that fails to reset counts as reset")
                        .missedLate()
                        .bus(
                                "RegionStateMachine.java",
                                "        if (!effects.reset(reason)) {\n            owe(reason);\n            return false;\n        }\n        adopt(",
                                "        effects.reset(reason);\n        adopt("),
                Mutation.of("readers: one that fails at a record counts as having applied it")
                        .bus("RegionFeed.java", "return effects.reset(ResetReason.READER_FAILED);", "return true;"),
                Mutation.of("readers: what a reset that is owed still needs is forgotten")
                        .bus(
                                "RegionStateMachine.java",
                                "        owedReset = reason;\n        position = null;",
                                "        position = null;"),
                Mutation.of("server identity on append: another server continues the epoch")
                        .bus("append.lua", " or state[3] ~= ARGV[1]", "")
                        .bus("append.lua", " and state[3] == ARGV[1]", "")
                        .bus("heartbeat.lua", " and state[3] == run", "")
                        .bus("append.lua", " or more[1] ~= replid", "")
                        .bus("append.lua", SHORT_LOOK_AT_REPLICATION, "")
                        .bus("heartbeat.lua", " or state[4] ~= replid", ""),
                Mutation.of("replication id: a master that was a replica meanwhile continues its epoch")
                        .bus("append.lua", " or more[1] ~= replid", "")
                        .bus("append.lua", SHORT_LOOK_AT_REPLICATION, "")
                        .bus("heartbeat.lua", " or state[4] ~= replid", ""),
                Mutation.of("fresh epochs: two histories share an epoch")
                        .bus("append.lua", "ARGV[2], 0, 0, 1", "'00000000000000aa', 0, 0, 1")
                        .bus("append.lua", "epoch, began = ARGV[2], 1", "epoch, began = '00000000000000aa', 1")
                        .bus("heartbeat.lua", "epoch, seq = fresh, '0'", "epoch, seq = '00000000000000aa', '0'"),
                Mutation.of("role and refused writes: a server that may not be the master confirms")
                        .bus("heartbeat.lua", "if role ~= 'master' then", "if false then")
                        .bus("heartbeat.lua", "if type(written) == 'table' and written.err then", "if false then"),
                Mutation.of("acknowledged records: those lost with a master are not appended again")
                        .bus(
                                "RetransmitBuffer.java",
                                "return kept.stream().filter(record -> !record.runId.equals(runId)).toList();",
                                "return List.of();"),
                Mutation.of("monotonic clock: a wall clock that is set back makes a confirmation younger")
                        .bus("Confirmation.java", "Math.max(monotonicNanos, wallNanos)", "wallNanos"),
                Mutation.of("wall clock: a machine's sleep does not age a confirmation")
                        .bus("Confirmation.java", "Math.max(monotonicNanos, wallNanos)", "monotonicNanos"),
                Mutation.of("bypass: a region serves beyond its bound")
                        .cache(
                                "ConfirmationGate.java",
                                "return policy == UnconfirmedPolicy.BYPASS && confirmedAgeNanos > afterNanos;",
                                "return false;"),
                Mutation.of("leases: an invalidation of the key does not end them")
                        .missedLate()
                        .cache("KeyStripe.java", "            lease.state = IssuedLease.State.INVALIDATED;\n", ""),
                Mutation.of("lease required: a store without one is kept")
                        .cache(
                                "RegionStores.java",
                                "return config.unleasedStores() == UnleasedStores.ACCEPT",
                                "return true"),
                Mutation.of("tag fence for stores: a load of a tagged value survives its tag")
                        .cache(
                                "CoherentStore.java",
                                "fences.newerThan(lease.counter(), lease.key(), details.tags) != null",
                                "fences.newerThan(lease.counter(), lease.key(), new String[0]) != null"),
                Mutation.of("tag fence for reads: an entry survives its tag")
                        .cache("Fences.java", "if (itsTags.length > 0 && newestTag > since) {", "if (false) {"),
                Mutation.of("prefix fence: an entry survives its prefix")
                        .cache("Fences.java", "if (newestPrefix > since) {", "if (false) {"),
                Mutation.of("fence of everything: an entry survives a clear and a reset")
                        .cache(
                                "Fences.java",
                                "        if (fence.counter > since) {\n            return published(fence);\n        }\n        fence = named",
                                "        fence = named")
                        .cache("Fences.java", "return retiredThrough > since ? FORGOTTEN : null;", "return null;"),
                Mutation.of("retirement: fences are forgotten though a lease is older")
                        .cache(
                                "Sweeper.java",
                                "fences.retireThrough(Math.min(retirable, oldestLease));",
                                "fences.retireThrough(retirable);")
                        .cache("Fences.java", "return retiredThrough > since ? FORGOTTEN : null;", "return null;"),
                Mutation.of("spread resets: what is spared claims to be as fresh as the rest")
                        .missedLate()
                        .cache(
                                "Results.java",
                                "confirmedAgeNanos = store.fences().sparedAgeNanos(entry);",
                                "confirmedAgeNanos = regionConfirmedAgeNanos;"),
                Mutation.of("spread resets: leases from before the reset stay alive")
                        .missedLate()
                        .cache(
                                "CoherentStore.java",
                                "if (lease.counter() < checkedThrough && fences.newerThan",
                                "if (!fences.isSpreading() && lease.counter() < checkedThrough && fences.newerThan"),
                Mutation.of("generations of the tier's fences: what is older than both counts as unconcerned")
                        .bus(
                                "tier.lua",
                                "if back == 1 and not (marks[3] and tonumber(marks[3]) <= since) then",
                                "if false then"),
                Mutation.of("the tier's fences: those that are lost count as none")
                        .bus(
                                "tier.lua",
                                "if marks[1] ~= identity(epoch, state, back) then",
                                "if back == 0 and marks[1] ~= identity(epoch, state, back) then")
                        .bus(
                                "tier.lua",
                                "if back == 1 and not (marks[3] and tonumber(marks[3]) <= since) then",
                                "if back == 1 and marks[3] and tonumber(marks[3]) > since then"),
                Mutation.of("the tier's tag fences: a value in Redis survives its tag")
                        .bus("tier.lua", "call('HSET', current, 't:' .. tag, tick)", ""),
                Mutation.of("the tier's prefix fences: a value in Redis survives its prefix")
                        .bus("tier.lua", "call('HSET', current, 'p:' .. prefix, tick)", ""),
                Mutation.of("the tier's floor: a value in Redis survives an invalidation of everything")
                        .bus(
                                "tier.lua",
                                "if not ok or all then\n    state.floor = state.tick",
                                "if not ok or all then"),
                Mutation.of("stores in the tier: a load that was overtaken is kept")
                        .bus("tier-store.lua", "  elseif covered then\n    why = 'invalidated'\n", ""),
                Mutation.of("one load: whoever waits takes what was invalidated meanwhile")
                        .bus("tier-read.lua", "elseif not covered then", "elseif not covered or ARGV[6] then"),
                Mutation.of("one load: a wait has no end")
                        .bus("tier-read.lua", "'PX', ARGV[7])", "'PX', '900000')")
                        .cache("LoadTurn.java", "if (leftNanos <= 0 || ", "if (")
                        .cache("LoadTurn.java", "isOver = nowNanos - deadlineNanos >= 0;", "isOver = false;"),
                Mutation.of("codec versions: an invalidation reaches only those of version 0")
                        .bus(
                                "tier.lua",
                                "gone[#gone + 1] = base .. 'value.' .. codec.version .. ':' .. names.keys[i]",
                                ""),
                Mutation.of("the tier's position: an old master's values count")
                        .cache(
                                "Tiering.java",
                                "return lease == null\n                ||",
                                "return true || lease == null\n                ||"),
                Mutation.of("second evictions: they do not reach the tier")
                        .cache("RegionInvalidations.java", "behind.evictAgain(selector, version);", ""),
                Mutation.of("unconfirmed evictions: what they name is read from Redis")
                        .cache("Tiering.java", "if (evictions.concernsKey(key)) {", "if (false) {"),
                Mutation.of("unused regions: one goes that somebody follows")
                        .bus(
                                "region-remove.lua",
                                "if not at or not gone or now - at <= GONE_FACTOR * gone then",
                                "if false then"),
                Mutation.of("unused regions: one goes to which somebody has just appended")
                        .bus("region-remove.lua", "now - tonumber(last) <= tonumber(ARGV[1])", "false"),
                Mutation.of("version fence: a late reader of a lagging replica is believed")
                        .cache(
                                "CoherentStore.java",
                                "if (details.hasVersion && stripe.versions.refuses(key, details.version, nowNanos)) {",
                                "if (false) {"));
    }

    @Override
    protected String breach(Mutation mutation, Path emptyDirectory) throws IOException, ReflectiveOperationException {
        try (Mutant mutant = new Mutant(mutation, emptyDirectory, Simulation.class)) {
            String breach = mutant.breachInPinnedHistories();
            return breach == null ? breachOfASeed(mutant, mutation, MAX_SEEDS) : breach;
        }
    }

    @Test
    void theDocumentationListsThePinnedHistories() throws IOException {
        String documentation = documentation();

        assertThat(PinnedHistories.all())
                .allSatisfy(history -> assertThat(documentation).contains("| " + history + " |"));
    }
}

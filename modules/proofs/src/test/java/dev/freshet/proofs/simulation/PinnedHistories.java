package dev.freshet.proofs.simulation;

import dev.freshet.proofs.mutation.Breach;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Histories that each break a simpler protocol, step by step. The promises are checked whenever a replica reads; what a
 * history demands beyond them it says itself.
 */
final class PinnedHistories {

    /** One history; throws {@link Breach} if a promise is broken. */
    record Pinned(String name, Consumer<LuaRunner> steps) {
        void run(LuaRunner lua) {
            steps.accept(lua);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private PinnedHistories() {}

    private static <W extends PinnedWorld> Pinned pinned(
            String name, Function<LuaRunner, W> world, Consumer<W> history) {
        return new Pinned(name, lua -> history.accept(world.apply(lua)));
    }

    static List<Pinned> all() {
        List<Pinned> all = new ArrayList<>();
        all.add(pinned(
                "a lease from before the join whose load was overtaken",
                LeaseHistories::new,
                LeaseHistories::leaseBeforeJoin));
        all.add(pinned("a store without a lease", LeaseHistories::new, LeaseHistories::storeWithoutLease));
        all.add(pinned(
                "a tag fence retired while a lease of unknown tags is out",
                LeaseHistories::new,
                LeaseHistories::tagFenceAndLease));
        all.add(pinned(
                "a demoted master that still serves its head",
                FailoverHistories::new,
                FailoverHistories::demotedMaster));
        all.add(pinned(
                "acknowledged records that die with the old master",
                FailoverHistories::new,
                FailoverHistories::acknowledgedRecordsDie));
        all.add(pinned(
                "a partition longer than records are kept", FailoverHistories::new, FailoverHistories::longPartition));
        all.add(pinned(
                "a failover after records are forgotten",
                FailoverHistories::new,
                FailoverHistories::forgottenAndCovered));
        all.add(pinned(
                "a position of an isolated master",
                FailoverHistories::new,
                FailoverHistories::positionOfIsolatedMaster));
        all.add(pinned("a commit that is visible late", LeaseHistories::new, LeaseHistories::visibleLate));
        all.add(pinned("a reader that fails to reset", MemberHistories::new, MemberHistories::readerFails));
        all.add(pinned(
                "two histories that reuse the same sequence", FailoverHistories::new, FailoverHistories::sameSequence));
        all.add(pinned(
                "a master promoted again that went back meanwhile",
                FailoverHistories::new,
                FailoverHistories::promotedAgain));
        all.add(pinned("an append script that fails halfway", LogHistories::new, LogHistories::halfScript));
        all.add(pinned("a stranger's XADD", LogHistories::new, LogHistories::strangersXadd));
        all.add(pinned("a stranger's SET of the head", LogHistories::new, LogHistories::strangersSet));
        all.add(pinned("a stranger who sets head and log back", LogHistories::new, LogHistories::setBack));
        all.add(pinned("a connection that carries everything twice", LogHistories::new, LogHistories::everythingTwice));
        all.add(pinned(
                "a log that begins anew under a live subscription", LogHistories::new, LogHistories::beginsAnew));
        all.add(pinned("an idle log evicted while its head lives", LogHistories::new, LogHistories::logEvicted));
        all.add(pinned("a hole in the middle of a paged replay", LogHistories::new, LogHistories::holeInReplay));
        all.add(pinned(
                "a frozen process that stamps an old head on waking",
                MemberHistories::new,
                MemberHistories::frozenProcess));
        all.add(pinned(
                "a record that arrives slower than the silence limit",
                MemberHistories::new,
                MemberHistories::slowRecord));
        all.add(pinned(
                "a member that joins or dies during await",
                MemberHistories::new,
                MemberHistories::awaitWhileMembersChange));
        all.add(pinned(
                "a rolling upgrade in which publishers are newer", LogHistories::new, LogHistories::newerPublishers));
        all.add(pinned(
                "a server restarted with an older state", FailoverHistories::new, FailoverHistories::olderState));
        all.add(pinned(
                "a clear while loads of everything are out", LeaseHistories::new, LeaseHistories::clearAndLoads));
        all.add(pinned("a member that was cut off and replays", MemberHistories::new, MemberHistories::cutAndReplay));
        all.add(pinned(
                "a Redis clock that is set back behind a value", TierHistories::new, TierHistories::clockSetBack));
        all.add(pinned("a fence of the tier that Redis loses", TierHistories::new, TierHistories::lostFence));
        all.add(pinned(
                "a second eviction that Redis does not answer", TierHistories::new, TierHistories::lostSecondEviction));
        all.add(pinned(
                "a tier that is connected to the old master", TierHistories::new, TierHistories::tierOnOldMaster));
        all.add(pinned("a rolling deploy of another codec", TierHistories::new, TierHistories::rollingDeploy));
        all.add(pinned(
                "a load for the tier that is overtaken on the way",
                TierHistories::new,
                TierHistories::overtakenTierStore));
        all.add(pinned(
                "a value that is invalidated while another replica waits for it",
                TierHistories::new,
                TierHistories::overtakenWait));
        all.add(pinned(
                "a region that expires while its only subscriber is away",
                MemberHistories::new,
                MemberHistories::expired));
        all.add(pinned(
                "a replica that claims a load and is never heard again",
                TierHistories::new,
                TierHistories::claimOfTheDead));
        return all;
    }
}

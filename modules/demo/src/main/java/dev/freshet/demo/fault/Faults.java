package dev.freshet.demo.fault;

import dev.freshet.demo.load.Member;
import dev.freshet.demo.load.Traffic;
import dev.freshet.demo.stack.Cut;
import dev.freshet.demo.stack.LocalStack;
import dev.freshet.demo.stack.SupervisedProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Plays faults and tells what became of each in one line. A fault happens to one replica, and to the naive one at the same time. One at
 * a time; methods block.
 */
public final class Faults {

    private static final Duration CUT = Duration.ofSeconds(2);
    private static final Duration FREEZE = Duration.ofSeconds(3);
    private static final Duration SLOW_LOAD = Duration.ofMillis(1_200);
    private static final Duration RECOVERY = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(20);
    private static final Duration DELIVERY = Duration.ofMillis(300);
    private static final int READS_ON_WAKING = 20;

    private final LocalStack stack;
    private final Traffic traffic;
    private final List<Member> freshets;
    private final Member victim;
    private final Member naive;
    private final Duration settled;
    private final long quietUser;

    /**
     * @param members the replicas with Freshet, then the naive one
     * @param bound how long after its acknowledgement every replica must show a write
     * @param quietUser a user that the load leaves alone
     */
    public Faults(LocalStack stack, Traffic traffic, List<Member> members, Duration bound, long quietUser) {
        this.stack = stack;
        this.traffic = traffic;
        this.freshets = members.subList(0, members.size() - 1);
        this.victim = freshets.get(Math.min(1, freshets.size() - 1));
        this.naive = members.get(members.size() - 1);
        this.settled = bound.plusMillis(100);
        this.quietUser = quietUser;
    }

    /** Plays a fault, waits until the replicas have recovered, and returns its story. */
    public String play(Fault fault) throws InterruptedException {
        try {
            return switch (fault) {
                case CUT -> cut();
                case SLOW_LOAD -> slowLoad();
                case FREEZE -> freeze();
                case RESTART -> restartRedis();
                case KILL -> kill();
            };
        } catch (IOException e) {
            return fault.label() + ": cannot be played here: " + e.getMessage();
        } finally {
            victim.suffer("", false);
            naive.suffer("", false);
        }
    }

    private String cut() throws InterruptedException {
        Cut way = victim.replica().cut();
        Cut naiveWay = naive.replica().cut();
        if (way == null || naiveWay == null) {
            return "cut: not with this Redis, whose address is not a plain redis://host:port";
        }
        long before = Math.max(0, victim.appliedCount() - 1);
        long thrownAway = victim.thrownAway();
        victim.suffer("cut off", false);
        naive.suffer("cut off", false);
        way.cut();
        naiveWay.cut();
        try {
            pause(CUT);
        } finally {
            way.heal();
            naiveWay.heal();
        }
        await(() -> Gap.in(victim.appliedFrom(before)) != null);
        victim.suffer("", false);
        naive.suffer("", false);
        Gap gap = Gap.in(victim.appliedFrom(before));
        String replay = gap == null ? "missed 0" : "missed " + gap.missed() + " · replayed " + gap.replayed();
        return "cut " + seconds(CUT) + " · " + replay + " · thrown away " + (victim.thrownAway() - thrownAway)
                + audited();
    }

    private String slowLoad() throws InterruptedException {
        traffic.write(quietUser).join();
        pause(DELIVERY);
        long refused = victim.refused();
        CompletableFuture<Boolean> load = traffic.read(victim, quietUser, SLOW_LOAD.toMillis());
        CompletableFuture<Boolean> naiveLoad = traffic.read(naive, quietUser, SLOW_LOAD.toMillis());
        pause(DELIVERY);
        traffic.write(quietUser).join();
        load.join();
        naiveLoad.join();
        pause(settled);
        await(() -> victim.refused() > refused);
        boolean isStale = traffic.read(victim, quietUser, 0).join();
        boolean isNaiveStale = traffic.read(naive, quietUser, 0).join();
        return "slow load overtaken by a change · " + name(victim) + " refused to store it "
                + (victim.refused() - refused)
                + " x · stale " + (isStale ? 1 : 0) + "; the naive one: "
                + (isNaiveStale ? "stored it, stale until written again" : "stale 0");
    }

    private String freeze() throws InterruptedException, IOException {
        victim.suffer("frozen", true);
        naive.suffer("frozen", true);
        List<CompletableFuture<Boolean>> reads;
        List<CompletableFuture<Boolean>> naiveReads;
        signal("-STOP");
        try {
            pause(FREEZE);
            // They wait in the sockets, and are answered first when the processes wake up.
            reads = readMany(victim);
            naiveReads = readMany(naive);
            pause(DELIVERY);
        } finally {
            signal("-CONT");
        }
        long stale = stale(reads);
        long naiveStale = stale(naiveReads);
        victim.suffer("", false);
        naive.suffer("", false);
        await(() -> isConfirmed(victim));
        return "frozen " + seconds(FREEZE) + " · " + name(victim) + " asked on waking: stale " + stale + " of "
                + reads.size() + "; the naive one: stale " + naiveStale + " of " + naiveReads.size();
    }

    private List<CompletableFuture<Boolean>> readMany(Member member) {
        return LongStream.rangeClosed(1, READS_ON_WAKING)
                .mapToObj(user -> traffic.read(member, user, 0))
                .toList();
    }

    private static long stale(List<CompletableFuture<Boolean>> reads) {
        return reads.stream().filter(CompletableFuture::join).count();
    }

    private void signal(String signal) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kill", signal));
        for (Member member : List.of(victim, naive)) {
            command.add(Long.toString(member.replica().process().pid()));
        }
        new ProcessBuilder(command).start().waitFor();
    }

    private String restartRedis() throws InterruptedException {
        SupervisedProcess redis = stack.process("redis");
        if (redis == null) {
            return "restart Redis: not this one, which the demo did not start";
        }
        long thrownAway = freshets.stream().mapToLong(Member::thrownAway).sum();
        long resets = freshets.stream().mapToLong(Member::resets).sum();
        int starts = redis.starts();
        destroy(redis);
        await(() -> redis.starts() > starts && redis.state() == SupervisedProcess.State.UP);
        pause(DELIVERY);
        await(() -> freshets.stream().allMatch(member -> isConfirmed(member) && member.resets() > 0));
        return "Redis came back empty · nothing proves the entries: "
                + (freshets.stream().mapToLong(Member::resets).sum() - resets) + " resets, thrown away "
                + (freshets.stream().mapToLong(Member::thrownAway).sum() - thrownAway) + audited();
    }

    private String kill() throws InterruptedException {
        victim.suffer("killed", true);
        naive.suffer("killed", true);
        long begunNanos = System.nanoTime();
        for (Member member : List.of(victim, naive)) {
            SupervisedProcess process = member.replica().process();
            int starts = process.starts();
            destroy(process);
            await(() -> process.starts() > starts || process.state() != SupervisedProcess.State.UP);
        }
        await(() -> isUp(victim) && isUp(naive));
        victim.suffer("", false);
        naive.suffer("", false);
        await(() -> isConfirmed(victim));
        Duration away = Duration.ofNanos(System.nanoTime() - begunNanos);
        return "killed · " + name(victim) + " back and confirmed after " + seconds(away) + ", with an empty cache"
                + audited();
    }

    private static void destroy(SupervisedProcess process) {
        ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly);
    }

    /** Reads every user through both, once each must show what was written until now. */
    private String audited() throws InterruptedException {
        pause(settled);
        int naiveStale = traffic.audit(naive);
        int stale = traffic.audit(victim);
        return " · stale " + stale + "; the naive one: "
                + (naiveStale == 0 ? "stale 0" : naiveStale + " stale until written again");
    }

    private static boolean isUp(Member member) {
        return member.replica().process().state() == SupervisedProcess.State.UP;
    }

    private static boolean isConfirmed(Member member) {
        return member.state().equals("confirmed");
    }

    private static String name(Member member) {
        return member.replica().name();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + RECOVERY.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() - deadlineNanos < 0) {
            pause(POLL);
        }
    }

    private static void pause(Duration duration) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(duration.toNanos());
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() % 1_000 == 0
                ? duration.toSeconds() + " s"
                : String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1e3);
    }

    /** What a replica missed and read from the log. */
    record Gap(long missed, long replayed) {

        /** Returns the gap in these changes; null if there is none yet, or if no change has arrived live after it. */
        static @Nullable Gap in(List<Member.Applied> changes) {
            long last = -1;
            long replayed = 0;
            for (Member.Applied change : changes) {
                if (change.isReplayed()) {
                    replayed++;
                } else if (replayed > 0) {
                    return new Gap(change.sequence() - last - 1, replayed);
                } else {
                    last = change.sequence();
                }
            }
            return null;
        }
    }
}

package dev.freshet.demo.fault;

import dev.freshet.demo.load.Answer;
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
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;

/** What the faults happen to: one replica, and the naive one at the same time. Methods block. */
public final class Stage {

    private static final Duration RECOVERY = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(20);

    /** How long a message may take to arrive everywhere. */
    static final Duration DELIVERY = Duration.ofMillis(300);

    private static final int MANY = 20;

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
    public Stage(LocalStack stack, Traffic traffic, List<Member> members, Duration bound, long quietUser) {
        this.stack = stack;
        this.traffic = traffic;
        this.freshets = members.subList(0, members.size() - 1);
        this.victim = freshets.get(Math.min(1, freshets.size() - 1));
        this.naive = members.get(members.size() - 1);
        this.settled = bound.plusMillis(100);
        this.quietUser = quietUser;
    }

    Traffic traffic() {
        return traffic;
    }

    List<Member> freshets() {
        return freshets;
    }

    Member victim() {
        return victim;
    }

    Member naive() {
        return naive;
    }

    long quietUser() {
        return quietUser;
    }

    String victimsName() {
        return victim.replica().name();
    }

    /**
     * Says that a fault has begun at both.
     *
     * @param isHeld whether they cannot answer meanwhile, so that nothing is read from them
     */
    void suffer(String what, boolean isHeld) {
        victim.suffer(what, isHeld);
        naive.suffer(what, isHeld);
    }

    /** Says that no replica suffers any more. */
    void relieve() {
        freshets.forEach(member -> member.suffer("", false));
        naive.suffer("", false);
    }

    /**
     * Returns the ways of both to Redis.
     *
     * @throws IOException if they have none that can be cut
     */
    List<Cut> ways() throws IOException {
        Cut way = victim.replica().cut();
        Cut naiveWay = naive.replica().cut();
        if (way == null || naiveWay == null) {
            throw new IOException("the address of this Redis is not a plain redis://host:port");
        }
        return List.of(way, naiveWay);
    }

    /**
     * Returns the process of Redis.
     *
     * @throws IOException if the demo did not start it
     */
    SupervisedProcess redis() throws IOException {
        SupervisedProcess redis = stack.redis();
        if (redis == null) {
            throw new IOException("the demo did not start this Redis");
        }
        return redis;
    }

    /** Sends a signal to all processes of both. */
    void signal(String signal) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kill", signal));
        for (SupervisedProcess process : victims()) {
            command.add(Long.toString(process.pid()));
        }
        new ProcessBuilder(command).start().waitFor();
    }

    /** Returns all processes of both. */
    List<SupervisedProcess> victims() {
        List<SupervisedProcess> processes = new ArrayList<>(victim.replica().processes());
        processes.addAll(naive.replica().processes());
        return processes;
    }

    /** Kills processes, and waits until the supervisor knows. */
    static void destroy(List<SupervisedProcess> processes) throws InterruptedException {
        for (SupervisedProcess process : processes) {
            int starts = process.starts();
            ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly);
            await(() -> process.starts() > starts || process.state() != SupervisedProcess.State.UP);
        }
    }

    /** Reads some users through a replica, without waiting for the answers. */
    List<CompletableFuture<Answer>> readMany(Member member) {
        return LongStream.rangeClosed(1, MANY)
                .mapToObj(user -> traffic.read(member, user, 0))
                .toList();
    }

    static long stale(List<CompletableFuture<Answer>> reads) {
        return reads.stream()
                .map(CompletableFuture::join)
                .filter(Answer::isStale)
                .count();
    }

    static long answered(List<CompletableFuture<Answer>> reads) {
        return reads.stream()
                .map(CompletableFuture::join)
                .filter(Answer::isThere)
                .count();
    }

    /** Waits until every replica must show what was written until now. */
    void settle() throws InterruptedException {
        pause(settled);
    }

    /** Reads every user through both, once each must show what was written until now. */
    String audited() throws InterruptedException {
        settle();
        int naiveStale = traffic.audit(naive);
        int stale = traffic.audit(victim);
        return " · stale " + stale + "; the naive one: "
                + (naiveStale == 0 ? "stale 0" : naiveStale + " stale until written again");
    }

    /** Returns a count of all replicas with Freshet. */
    long sum(ToLongFunction<Member> count) {
        return freshets.stream().mapToLong(count).sum();
    }

    static boolean isUp(Member member) {
        return member.replica().isUp();
    }

    static boolean isConfirmed(Member member) {
        return member.state().equals("confirmed");
    }

    static void await(BooleanSupplier condition) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + RECOVERY.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() - deadlineNanos < 0) {
            pause(POLL);
        }
    }

    static void pause(Duration duration) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(duration.toNanos());
    }

    static String seconds(Duration duration) {
        return duration.toMillis() % 1_000 == 0
                ? duration.toSeconds() + " s"
                : String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1e3);
    }
}

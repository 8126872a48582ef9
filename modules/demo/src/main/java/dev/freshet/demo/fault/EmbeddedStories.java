package dev.freshet.demo.fault;

import dev.freshet.demo.load.Answer;
import dev.freshet.demo.load.Member;
import dev.freshet.demo.stack.Cut;
import dev.freshet.demo.stack.SupervisedProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** What becomes of faults where Freshet is in the application's process. */
public final class EmbeddedStories {

    private static final Duration CUT = Duration.ofSeconds(2);
    private static final Duration SLOW_LOAD = Duration.ofMillis(1_200);

    private EmbeddedStories() {}

    /** Returns the stories of all faults. */
    public static Map<Fault, Story> all() {
        return Map.of(
                Fault.CUT, EmbeddedStories::cut,
                Fault.SLOW_LOAD, EmbeddedStories::slowLoad,
                Fault.FREEZE, new FreezeStory(),
                Fault.RESTART, EmbeddedStories::restartRedis,
                Fault.KILL, new KillStory());
    }

    private static String cut(Stage stage) throws IOException, InterruptedException {
        List<Cut> ways = stage.ways();
        Member victim = stage.victim();
        long before = Math.max(0, victim.appliedCount() - 1);
        long thrownAway = victim.thrownAway();
        stage.suffer("cut off", false);
        ways.forEach(Cut::cut);
        try {
            Stage.pause(CUT);
        } finally {
            ways.forEach(Cut::heal);
        }
        Stage.await(() -> Gap.in(victim.appliedFrom(before)) != null);
        stage.relieve();
        Gap gap = Gap.in(victim.appliedFrom(before));
        String replay = gap == null ? "missed 0" : "missed " + gap.missed() + " · replayed " + gap.replayed();
        return "cut " + Stage.seconds(CUT) + " · " + replay + " · thrown away " + (victim.thrownAway() - thrownAway)
                + stage.audited();
    }

    private static String slowLoad(Stage stage) throws InterruptedException {
        Member victim = stage.victim();
        write(stage);
        Stage.pause(Stage.DELIVERY);
        long refused = victim.refused();
        CompletableFuture<Answer> load = read(stage, victim, SLOW_LOAD);
        CompletableFuture<Answer> naiveLoad = read(stage, stage.naive(), SLOW_LOAD);
        Stage.pause(Stage.DELIVERY);
        write(stage);
        load.join();
        naiveLoad.join();
        stage.settle();
        Stage.await(() -> victim.refused() > refused);
        boolean isStale = read(stage, victim, Duration.ZERO).join().isStale();
        boolean isNaiveStale = read(stage, stage.naive(), Duration.ZERO).join().isStale();
        return "slow load overtaken by a change · " + stage.victimsName() + " refused to store it "
                + (victim.refused() - refused)
                + " x · stale " + (isStale ? 1 : 0) + "; the naive one: "
                + (isNaiveStale ? "stored it, stale until written again" : "stale 0");
    }

    private static void write(Stage stage) {
        stage.traffic().write(stage.quietUser()).join();
    }

    private static CompletableFuture<Answer> read(Stage stage, Member member, Duration slow) {
        return stage.traffic().read(member, stage.quietUser(), slow.toMillis());
    }

    private static String restartRedis(Stage stage) throws IOException, InterruptedException {
        SupervisedProcess redis = stage.redis();
        long thrownAway = stage.sum(Member::thrownAway);
        long resets = stage.sum(Member::resets);
        int starts = redis.starts();
        Stage.destroy(List.of(redis));
        Stage.await(() -> redis.starts() > starts && redis.state() == SupervisedProcess.State.UP);
        Stage.pause(Stage.DELIVERY);
        Stage.await(
                () -> stage.freshets().stream().allMatch(member -> Stage.isConfirmed(member) && member.resets() > 0));
        return "Redis came back empty · nothing proves the entries: "
                + (stage.sum(Member::resets) - resets) + " resets, thrown away "
                + (stage.sum(Member::thrownAway) - thrownAway) + stage.audited();
    }
}

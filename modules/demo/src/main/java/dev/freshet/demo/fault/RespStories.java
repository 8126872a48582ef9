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
import java.util.function.Function;
import java.util.stream.Collectors;

/** What becomes of faults where a sidecar answers as Redis does. A slow load is not one of them: the application has no cache. */
public final class RespStories {

    private static final Duration CUT = Duration.ofSeconds(2);

    private RespStories() {}

    /** Returns the stories of the faults that exist. */
    public static Map<Fault, Story> all() {
        return Map.of(
                Fault.CUT,
                RespStories::cut,
                Fault.FREEZE,
                new FreezeStory(),
                Fault.RESTART,
                RespStories::restartRedis,
                Fault.KILL,
                new KillStory());
    }

    /** Without Redis, the sidecar closes its clients as Redis would: an error is no stale answer. */
    private static String cut(Stage stage) throws IOException, InterruptedException {
        List<Cut> ways = stage.ways();
        stage.suffer("cut off", true);
        List<CompletableFuture<Answer>> reads;
        List<CompletableFuture<Answer>> naiveReads;
        ways.forEach(Cut::cut);
        try {
            Stage.pause(CUT.dividedBy(2));
            reads = stage.readMany(stage.victim());
            naiveReads = stage.readMany(stage.naive());
            Stage.pause(CUT.dividedBy(2));
            reads.forEach(CompletableFuture::join);
            naiveReads.forEach(CompletableFuture::join);
        } finally {
            ways.forEach(Cut::heal);
        }
        stage.relieve();
        Stage.await(() -> Stage.isConfirmed(stage.victim()));
        return "cut " + Stage.seconds(CUT) + " · " + stage.victimsName() + " answered " + Stage.answered(reads) + " of "
                + reads.size() + " reads: without Redis it can prove none; the naive one " + Stage.answered(naiveReads)
                + stage.audited();
    }

    private static String restartRedis(Stage stage) throws IOException, InterruptedException {
        SupervisedProcess redis = stage.redis();
        Map<Member, Long> resets =
                stage.freshets().stream().collect(Collectors.toMap(Function.identity(), Member::resets));
        long begunNanos = System.nanoTime();
        stage.freshets().forEach(member -> member.suffer("no Redis", true));
        stage.naive().suffer("no Redis", true);
        int starts = redis.starts();
        Stage.destroy(List.of(redis));
        Stage.await(() -> redis.starts() > starts && redis.state() == SupervisedProcess.State.UP);
        Duration away = Duration.ofNanos(System.nanoTime() - begunNanos);
        stage.relieve();
        Stage.await(() -> stage.freshets().stream().allMatch(Stage::isConfirmed));
        long dropped = stage.freshets().stream()
                .filter(member -> member.resets() > resets.getOrDefault(member, 0L))
                .count();
        return "Redis killed · back after " + Stage.seconds(away) + " from its disk · " + dropped + " of "
                + resets.size() + " sidecars dropped their copies" + stage.audited();
    }
}

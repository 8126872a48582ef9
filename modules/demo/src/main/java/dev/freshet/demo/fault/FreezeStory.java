package dev.freshet.demo.fault;

import dev.freshet.demo.load.Answer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** All processes of a replica are stopped for some seconds. Requests that wait meanwhile are answered first. */
final class FreezeStory implements Story {

    private static final Duration FREEZE = Duration.ofSeconds(3);

    @Override
    public String play(Stage stage) throws IOException, InterruptedException {
        stage.suffer("frozen", true);
        List<CompletableFuture<Answer>> reads;
        List<CompletableFuture<Answer>> naiveReads;
        stage.signal("-STOP");
        try {
            Stage.pause(FREEZE);
            // They wait in the sockets.
            reads = stage.readMany(stage.victim());
            naiveReads = stage.readMany(stage.naive());
            Stage.pause(Stage.DELIVERY);
        } finally {
            stage.signal("-CONT");
        }
        long stale = Stage.stale(reads);
        long naiveStale = Stage.stale(naiveReads);
        stage.relieve();
        Stage.await(() -> Stage.isConfirmed(stage.victim()));
        return "frozen " + Stage.seconds(FREEZE) + " · " + stage.victimsName() + " asked on waking: stale " + stale
                + " of " + reads.size() + "; the naive one: stale " + naiveStale + " of " + naiveReads.size();
    }
}

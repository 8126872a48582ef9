package dev.freshet.demo.fault;

import java.time.Duration;

/** All processes of a replica are killed, and started again by the supervisor. */
final class KillStory implements Story {

    @Override
    public String play(Stage stage) throws InterruptedException {
        stage.suffer("killed", true);
        long begunNanos = System.nanoTime();
        Stage.destroy(stage.victims());
        Stage.await(() -> Stage.isUp(stage.victim()) && Stage.isUp(stage.naive()));
        stage.relieve();
        Stage.await(() -> Stage.isConfirmed(stage.victim()));
        Duration away = Duration.ofNanos(System.nanoTime() - begunNanos);
        return "killed · " + stage.victimsName() + " back and confirmed after " + Stage.seconds(away)
                + ", with an empty cache" + stage.audited();
    }
}

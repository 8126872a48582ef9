package dev.freshet.demo.fault;

import java.io.IOException;

/** Plays one fault and tells what became of it. */
@FunctionalInterface
public interface Story {

    /**
     * Plays the fault and waits until the replicas have recovered.
     *
     * @return what became of it, in one line
     * @throws IOException if it cannot be played here
     */
    String play(Stage stage) throws IOException, InterruptedException;
}

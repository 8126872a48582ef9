package dev.freshet.demo.fault;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The faults of a demo. One is played at a time; methods block. */
public final class Faults {

    private final Stage stage;
    private final Map<Fault, Story> stories;

    /** @param stories of each fault that this demo has */
    public Faults(Stage stage, Map<Fault, Story> stories) {
        this.stage = stage;
        this.stories = Map.copyOf(stories);
    }

    /** Returns the faults that this demo has, in the order in which the script plays them. */
    public List<Fault> all() {
        return Stream.of(Fault.values()).filter(stories::containsKey).toList();
    }

    /** Plays a fault, waits until the replicas have recovered, and returns its story. */
    public String play(Fault fault) throws InterruptedException {
        Story story = stories.get(fault);
        if (story == null) {
            return fault.label() + ": not in this demo";
        }
        try {
            return story.play(stage);
        } catch (IOException e) {
            return fault.label() + ": cannot be played here: " + e.getMessage();
        } finally {
            stage.relieve();
        }
    }
}

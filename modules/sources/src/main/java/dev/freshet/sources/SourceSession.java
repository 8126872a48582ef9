package dev.freshet.sources;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One call of {@link Source#run}, as the source sees its runner. Safe to use from any thread. */
public interface SourceSession {

    /** Whether the source is to return. */
    boolean isStopping();

    /** Says that the source works: it is connected, and what it needs is there. */
    void working();

    /** Says that the source works, but that something keeps its changes from being published; null: nothing does any more. */
    void blocked(@Nullable String why);

    /**
     * Waits, at most for this time and not beyond a stop.
     *
     * @return false if the source is to return
     */
    boolean pause(Duration duration) throws InterruptedException;
}

package dev.freshet.sources;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The runner as one call of {@link Source#run} sees it. Safe to use from any thread. */
public interface SourceSession {

    /** Returns whether the source must return. */
    boolean isStopping();

    /** Reports that the source works: it is connected, and everything that it needs is there. */
    void working();

    /** Reports that the source reads, but that changes from before it began to read may be missing, until {@link #working}. */
    void incomplete(String why);

    /** Reports why the source's changes cannot be published although it reads; null: they can. */
    void blocked(@Nullable String why);

    /** Reports what people should know though the source works. It stays until another report. */
    void noted(String what);

    /**
     * Waits for this time, or until the source must stop.
     *
     * @return false if the source must return
     */
    boolean pause(Duration duration) throws InterruptedException;
}

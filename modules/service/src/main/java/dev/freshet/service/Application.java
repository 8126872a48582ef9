package dev.freshet.service;

import io.vertx.core.Future;
import java.time.Duration;

/**
 * An application that the {@link Launcher} can run. Implementations only wire.
 *
 * @param <S> its settings
 */
public interface Application<S> {

    /** How it is called, as in {@code freshet-publisher}. */
    String name();

    /** What it does, in one sentence. */
    String summary();

    /** Its management port unless configured otherwise. */
    int defaultManagementPort();

    /** Reads its own settings; those of {@link ServiceSettings} are read for it. Has no effects. */
    S readSettings(Settings settings);

    /**
     * Starts it. Called once, not on an event loop; must not block for long.
     *
     * @return completes when it takes requests; a failure ends the process
     */
    Future<Running> start(S settings, ServiceContext context);

    /** An application that takes requests. */
    interface Running {

        /** The port that it takes requests at. */
        int port();

        /**
         * Stops taking requests, lets those in flight finish, and releases everything.
         *
         * @param timeout for what is in flight
         * @return completes when all is released
         */
        Future<Void> stop(Duration timeout);
    }
}

package dev.freshet.service;

import dev.freshet.service.config.Settings;
import io.vertx.core.Future;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An application that the {@link Launcher} can run. An implementation only connects its parts.
 *
 * @param <S> the application's settings
 */
public interface Application<S> {

    /** Returns the application's name, as in {@code freshet-publisher}. */
    String name();

    /** Returns one sentence that says what the application does. */
    String summary();

    /** Returns the default of the setting {@code management.port}. */
    int defaultManagementPort();

    /** Reads the application's own settings, without side effects. The caller reads those of {@link ServiceSettings}. */
    S readSettings(Settings settings);

    /**
     * Returns what a histogram notes beside the value that the calling thread is recording: the span that it comes from. Called for some of
     * the values; must be quick.
     *
     * @return null: nothing
     */
    default @Nullable Exemplar exemplar() {
        return null;
    }

    /**
     * Starts the application. Called once, not on an event loop; must not block for long.
     *
     * @return completes when the application takes requests; a failure ends the process
     */
    Future<Running> start(S settings, ServiceContext context);

    /** An application that takes requests. */
    interface Running {

        /** Returns the port that the application takes requests at; 0: it is a unix socket. */
        int port();

        /** Returns where the application takes requests, for people. */
        default String place() {
            return "port " + port();
        }

        /**
         * Stops taking requests, lets those in flight finish, and releases everything.
         *
         * @param timeout how long requests in flight may take
         * @return completes when everything is released
         */
        Future<Void> stop(Duration timeout);
    }
}

package dev.freshet.testkit;

/** One server process or container, with its data. Used by one {@link RedisServer}, under its lock. */
interface RedisInstance {

    /** Starts it again after it ended, over the data that it left. Returns without waiting for it to answer. */
    void start();

    /** Ends it in order and returns when it is gone. */
    void stop();

    /** Ends it at once, frozen or not, and returns when it is gone. */
    void kill();

    void pause();

    void resume();

    boolean isAlive();

    /** Returns the end of what it printed, for an error's text. */
    String log();

    /** Removes what it left behind. It is not running. */
    void destroy();
}

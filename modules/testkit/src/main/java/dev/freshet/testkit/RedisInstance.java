package dev.freshet.testkit;

/** One server process or container with its data. Guarded by the lock of its {@link RedisServer}. */
interface RedisInstance {

    /** Starts it again with the data that it left. Does not wait until it answers. */
    void start();

    /** Shuts it down in order and waits until it has ended. */
    void stop();

    /** Kills it, frozen or not, and waits until it has ended. */
    void kill();

    void pause();

    void resume();

    boolean isAlive();

    /** Returns the end of its output, for error texts. */
    String log();

    /** Removes its data. It must not be running. */
    void destroy();
}

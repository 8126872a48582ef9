package dev.freshet.publisher.metrics;

/** How much the HTTP server holds now. Safe to use from any thread. */
public interface HttpLoad {

    /** Returns how many connections to the data port are open. */
    int openConnections();

    /** Returns how many connections to the data port were closed because there were too many. */
    long refusedConnections();

    /** Returns how many bytes the requests in flight hold. */
    long requestBytes();
}

package dev.freshet.publisher.metrics;

/** What the HTTP server holds at the moment. Any thread asks. */
public interface HttpLoad {

    /** Returns how many connections to the data port are open. */
    int openConnections();

    /** Returns how many connections to the data port were closed at once because there were too many. */
    long refusedConnections();

    /** Returns how many bytes the requests in flight hold. */
    long requestBytes();
}

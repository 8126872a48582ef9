package dev.freshet.demo.stack;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;

/** The replicas of a stack, and what else they need besides Redis. */
public interface Deployment {

    /** Returns what Redis is to keep when it is killed, as its command line says it. */
    List<String> redisOptions();

    /** Creates the users, each with version 1. Called once, when Redis is up. */
    void createUsers(Site site) throws IOException, SQLException;

    /**
     * Starts all processes and waits until they are ready.
     *
     * @return the replicas with Freshet by number, then the naive one
     * @throws StartFailedException if a process does not become ready
     */
    List<Replica> start(Site site) throws IOException;

    /** Removes what {@link #createUsers} left in a Redis that the stack did not start. Called when all processes are stopped. */
    void removeUsers(Site site);
}

package dev.freshet.proofs.simulation;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An address at which a Redis server lives, one life after another. */
final class Node {

    final String address;

    /** The life of now, or null while it is down. */
    @Nullable
    RedisModel server;

    /** What its last file holds. */
    @Nullable
    Map<String, Object> file;

    Node(String address) {
        this.address = address;
    }

    @Override
    public String toString() {
        return address;
    }
}

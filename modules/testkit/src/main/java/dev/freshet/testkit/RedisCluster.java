package dev.freshet.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A Redis Cluster of three masters. They always run as processes on this machine, whatever {@code freshet.test.redis} says, because they must
 * reach each other at the addresses that clients use. Thread-safe.
 */
public final class RedisCluster implements AutoCloseable {

    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;
    private static final Duration READY_TIMEOUT = Duration.ofSeconds(60);
    private static final String MAX_KEYS = "1000";

    private final List<RedisServer> masters = new ArrayList<>();
    private final int[] ownerOfSlot = new int[SLOTS];

    private RedisCluster() {}

    /**
     * Starts the masters, gives each a third of the slots, and waits until they know each other.
     *
     * @throws IllegalStateException if that takes longer than a minute
     */
    public static RedisCluster started() {
        RedisCluster cluster = new RedisCluster();
        try {
            cluster.start();
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private void start() {
        for (int i = 0; i < MASTERS; i++) {
            int from = SLOTS * i / MASTERS;
            int to = SLOTS * (i + 1) / MASTERS;
            RedisServer master = RedisServer.builder()
                    .onThisMachine()
                    .withSetting("cluster-enabled yes")
                    .start();
            masters.add(master);
            master.execute(Stream.concat(
                            Stream.of("CLUSTER", "ADDSLOTS"),
                            IntStream.range(from, to).mapToObj(Integer::toString))
                    .toArray(String[]::new));
            Arrays.fill(ownerOfSlot, from, to, i);
            master.execute(
                    "CLUSTER",
                    "MEET",
                    "127.0.0.1",
                    Integer.toString(masters.get(0).port()));
        }
        long deadlineNanos = System.nanoTime() + READY_TIMEOUT.toNanos();
        while (!masters.stream().allMatch(RedisCluster::isComplete)) {
            if (System.nanoTime() - deadlineNanos > 0) {
                throw new IllegalStateException("The cluster is not ready after " + READY_TIMEOUT.toSeconds() + " s");
            }
            Pause.millis(20);
        }
    }

    private static boolean isComplete(RedisServer master) {
        return master.execute("CLUSTER", "INFO").contains("cluster_state:ok")
                && master.execute("CLUSTER", "NODES").lines().count() == MASTERS;
    }

    /** Returns {@code redis-cluster://…} with the address of one master. */
    public String uri() {
        return "redis-cluster://127.0.0.1:" + masters.get(0).port();
    }

    /** Returns the master that holds a key. */
    public synchronized RedisServer masterOf(String key) {
        return masters.get(ownerOfSlot[slotOf(key)]);
    }

    private int slotOf(String key) {
        return Integer.parseInt(masters.get(0).execute("CLUSTER", "KEYSLOT", key));
    }

    /** Returns all masters. */
    public List<RedisServer> masters() {
        return List.copyOf(masters);
    }

    /** Takes a key's slot from its master. Until {@link #giveSlotBackOf}, no master has it; the other slots are served. */
    public synchronized void takeSlotOf(String key) {
        String slot = Integer.toString(slotOf(key));
        // Else all masters refuse everything while one slot has none.
        masters.forEach(each -> each.execute("CONFIG", "SET", "cluster-require-full-coverage", "no"));
        // The owner last: until then it tells the others that the slot is its own.
        RedisServer owner = masterOf(key);
        owner.execute("CLUSTER", "DELSLOTS", slot);
        masters.stream().filter(each -> each != owner).forEach(each -> {
            try {
                each.execute("CLUSTER", "DELSLOTS", slot);
            } catch (IllegalStateException alreadyUnassigned) {
                // The owner told it first.
            }
        });
    }

    /** Gives a key's slot back to the master that {@link #takeSlotOf} took it from. */
    public synchronized void giveSlotBackOf(String key) {
        masterOf(key).execute("CLUSTER", "ADDSLOTS", Integer.toString(slotOf(key)));
    }

    /** Moves a key's slot, with at most {@value #MAX_KEYS} keys in it, to the next master. */
    public void moveSlotOf(String key) {
        SlotMove move = beginMoveOf(key);
        move.moveAllKeys();
        move.finish();
    }

    /**
     * Begins to move a key's slot to the next master, and moves no key yet: the owner is {@code MIGRATING}, the next one
     * {@code IMPORTING}.
     */
    public synchronized SlotMove beginMoveOf(String key) {
        SlotMove move = new SlotMove(slotOf(key));
        move.begin();
        return move;
    }

    /** A move of a slot that has begun, as {@code redis-cli --cluster reshard} does it. Thread-safe. */
    public final class SlotMove {
        private final String slot;
        private final RedisServer from;
        private final RedisServer to;
        private final String newId;

        private SlotMove(int slot) {
            this.slot = Integer.toString(slot);
            this.from = masters.get(ownerOfSlot[slot]);
            this.to = masters.get((ownerOfSlot[slot] + 1) % MASTERS);
            this.newId = to.execute("CLUSTER", "MYID");
        }

        private void begin() {
            to.execute("CLUSTER", "SETSLOT", slot, "IMPORTING", from.execute("CLUSTER", "MYID"));
            from.execute("CLUSTER", "SETSLOT", slot, "MIGRATING", newId);
        }

        /** Moves one key. */
        public void moveKey(String key) {
            from.execute("MIGRATE", to.host(), Integer.toString(to.port()), key, "0", "5000", "REPLACE");
        }

        /** Moves the keys that are in the slot now. */
        public void moveAllKeys() {
            from.execute("CLUSTER", "GETKEYSINSLOT", slot, MAX_KEYS)
                    .lines()
                    .filter(each -> !each.isEmpty())
                    .forEach(this::moveKey);
        }

        /** Makes the next master the slot's owner. */
        public void finish() {
            synchronized (RedisCluster.this) {
                ownerOfSlot[Integer.parseInt(slot)] = masters.indexOf(to);
                // The new owner first, so that the slot always has an owner.
                to.execute("CLUSTER", "SETSLOT", slot, "NODE", newId);
                masters.stream()
                        .filter(each -> each != to)
                        .forEach(each -> each.execute("CLUSTER", "SETSLOT", slot, "NODE", newId));
            }
        }
    }

    /** Kills all servers and removes their data. */
    @Override
    public void close() {
        masters.forEach(RedisServer::close);
    }
}

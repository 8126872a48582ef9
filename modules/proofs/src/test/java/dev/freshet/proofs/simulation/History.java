package dev.freshet.proofs.simulation;

import dev.freshet.proofs.mutation.Breach;
import dev.freshet.proofs.mutation.Shrinker;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What a seed makes happen. Each step draws from randomness of its own, so that a history from which steps are left out is
 * a history too; that is how {@link Shrinker} shortens one. Which faults happen at all is drawn first ("swarm testing",
 * Groce et al., ISSTA 2012): histories with few kinds of faults reach states that those with all of them rarely do.
 */
final class History {

    static final int STEPS = 350;

    private enum Fault {
        CUT,
        SILENT_CUT,
        LOST_RECORDS,
        REPEATED_RECORDS,
        GARBLED,
        FORGED_ANSWER,
        FREEZE,
        SUSPEND,
        CLOCK_JUMP,
        LOST_ANSWER,
        PUBLISHER_DEATH,
        NEWER_PUBLISHER,
        RESTART_EMPTY,
        RESTART_OLD,
        FAILOVER,
        ISOLATION,
        SWITCH_OVER,
        FLUSH,
        HALF_SCRIPT,
        FOREIGN_ENTRY,
        FOREIGN_HEAD,
        LOG_EVICTED,
        HEAD_EVICTED,
        LOG_HOLE,
        SHORT_LOG;

        boolean isOfServer() {
            return compareTo(RESTART_EMPTY) >= 0;
        }
    }

    /** What else happens, drawn by itself, so that histories without it stay as they are. */
    private record Extras(
            boolean commitsAreSlow, boolean readersFail, boolean publishersForget, boolean somebodyWaits) {
        static Extras of(SplittableRandom random) {
            return new Extras(
                    random.nextInt(3) == 0, random.nextInt(4) == 0, random.nextInt(3) == 0, random.nextBoolean());
        }
    }

    private final long seed;
    private final Extras extras;
    private final Set<Fault> faults = EnumSet.noneOf(Fault.class);
    private final World world;

    /** What happens to the tiers, drawn by itself, so that histories without one stay as they are. */
    private record Tiers(boolean exist, boolean areLate, boolean areMisled, boolean haveSteppingClocks) {
        static Tiers of(SplittableRandom random) {
            return new Tiers(
                    random.nextInt(3) == 0, random.nextBoolean(), random.nextBoolean(), random.nextInt(3) == 0);
        }
    }

    private final Tiers tiers;

    /** Whether regions with a tier load by themselves, one of them for all; drawn by itself as well. */
    private final boolean regionsLoad;

    /** Whether somebody removes unused regions; drawn by itself as well. */
    private final boolean regionsExpire;

    /** After how many steps all keys are read everywhere. Reading leaves traces, so not all histories do it always. */
    private final int stepsBetweenReads;

    /** Whether changes are published when they are committed: before those who read can see them, which breaks promises. */
    private final boolean publishesAtCommit;

    private History(long seed, LuaRunner lua, @Nullable List<String> trace, boolean publishesAtCommit) {
        this.seed = seed;
        this.publishesAtCommit = publishesAtCommit;
        SplittableRandom ofExtras = new SplittableRandom(seed * 0xA24BAED4963EE407L);
        this.extras = Extras.of(ofExtras);
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L);
        int oneIn = 1 + random.nextInt(6);
        for (Fault fault : Fault.values()) {
            if (random.nextInt(oneIn + 1) == 0) {
                faults.add(fault);
            }
        }
        boolean brokenServers = random.nextInt(5) > 0;
        if (!brokenServers) {
            faults.removeIf(Fault::isOfServer);
        }
        world = new World(
                lua, faults.contains(Fault.SHORT_LOG) ? 4 + random.nextInt(10) : 10_000, 4 + random.nextInt(60), trace);
        stepsBetweenReads = 1 + random.nextInt(3) * 5;
        int replicas = 1 + random.nextInt(3);
        SplittableRandom ofTiers = new SplittableRandom(seed * 0xD1342543DE82EF95L);
        tiers = Tiers.of(ofTiers);
        regionsLoad = tiers.exist && new SplittableRandom(seed * 0xE7037ED1A0B428DBL).nextBoolean();
        regionsExpire = new SplittableRandom(seed * 0x8CB92BA72F3D8DD7L).nextInt(3) == 0;
        if (tiers.exist && ofTiers.nextInt(3) > 0) {
            faults.removeIf(Fault::isOfServer); // each of them begins an epoch, with an empty tier
        }
        for (int i = 0; i < replicas; i++) {
            SimulatedReplica.Policies policies = new SimulatedReplica.Policies(
                    random.nextBoolean(), random.nextInt(3) == 0, random.nextInt(3) == 0, random.nextInt(3) == 0);
            boolean hasTier = tiers.exist && ofTiers.nextInt(4) > 0;
            world.addReplica(policies, hasTier ? ofTiers.nextInt(2) : SimulatedReplica.NO_TIER);
        }
        if (tiers.exist) {
            world.addReplica(SimulatedReplica.Policies.SERVE, 0);
        }
        if (extras.publishersForget) {
            world.retentionMicros = 10_000L + ofExtras.nextInt(200_000);
        }
        world.addPublisher();
        if (random.nextBoolean()) {
            world.addPublisher();
        }
    }

    /** What became of a run. */
    record Outcome(@Nullable Throwable breach, long reads, int resets, long foundInRedis) {}

    /** Runs the steps of a history that are named, in order, then settles. */
    static Outcome run(long seed, int[] steps, LuaRunner lua, @Nullable List<String> trace) {
        return run(seed, steps, lua, trace, false);
    }

    /** @param publishesAtCommit whether changes are published before those who read can see them */
    static Outcome run(long seed, int[] steps, LuaRunner lua, @Nullable List<String> trace, boolean publishesAtCommit) {
        History history = new History(seed, lua, trace, publishesAtCommit);
        World world = history.world;
        try {
            for (int step : steps) {
                history.step(step);
                if (step % history.stepsBetweenReads == 0) {
                    world.replicas.stream().filter(replica -> !replica.isFrozen).forEach(SimulatedReplica::readAll);
                }
            }
            world.settle();
            boolean serversWereFine = history.faults.stream().noneMatch(Fault::isOfServer);
            if (serversWereFine
                    && world.resets() > 0
                    && world.expiries() == 0
                    && !history.faults.contains(Fault.GARBLED)
                    && !history.faults.contains(Fault.NEWER_PUBLISHER)
                    && !history.extras.readersFail
                    && world.maximumBroadInvalidations > STEPS) {
                throw new Breach("only connections broke, and there were " + world.resets() + " resets");
            }
            return new Outcome(null, world.reads(), world.resets(), world.foundInRedis());
        } catch (Breach | RuntimeException breach) {
            return new Outcome(breach, world.reads(), world.resets(), world.foundInRedis());
        }
    }

    static int[] allSteps() {
        int[] steps = new int[STEPS];
        for (int i = 0; i < STEPS; i++) {
            steps[i] = i;
        }
        return steps;
    }

    private void tierStep(SplittableRandom random) {
        SimulatedReplica replica = world.replicas.get(random.nextInt(world.replicas.size()));
        if (!replica.isFrozen && random.nextInt(3) > 0) {
            replica.read(world.source.anyKey(random), random.nextBoolean(), random.nextInt(3));
            replica.runTier(1 + random.nextInt(4), tiers.areLate && random.nextInt(8) == 0);
            replica.finishLoad(random);
        }
        if (tiers.areLate && random.nextInt(10) == 0) {
            replica.delayTier();
        }
        if (tiers.areMisled && random.nextInt(30) == 0) {
            replica.connectTier(any(random));
        }
        if (!replica.isFrozen && random.nextInt(40) == 0) {
            replica.evict(world.source.anyKey(random));
        }
        RedisModel server = world.official().server;
        if (tiers.haveSteppingClocks && server != null && random.nextInt(25) == 0) {
            long micros =
                    random.nextBoolean() ? random.nextLong(100_000_000) : random.nextLong(-100_000_000, 2_000_000);
            world.trace(server + "'s clock is set by " + micros + " us");
            server.stepClock(micros);
        }
    }

    /** A region gets what is missing. */
    private void loadStep(SplittableRandom random) {
        SimulatedReplica replica = world.replicas.get(random.nextInt(world.replicas.size()));
        if (replica.isFrozen) {
            return;
        }
        if (random.nextInt(3) == 0) {
            replica.get(world.source.anyKey(random), random.nextBoolean(), random.nextInt(3));
        }
        replica.runTier(1 + random.nextInt(4), tiers.areLate && random.nextInt(8) == 0);
        if (random.nextInt(3) == 0) {
            replica.finishRegionLoad(random);
        }
        if (random.nextBoolean()) {
            replica.sweep();
        }
    }

    private void step(int number) {
        if (regionsLoad) {
            loadStep(new SplittableRandom((seed * 1_000_003 + number) * 0x8EBC6AF09C88C6E3L));
        }
        if (tiers.exist) {
            tierStep(new SplittableRandom((seed * 1_000_003 + number) * 0x94D049BB133111EBL));
        }
        SplittableRandom random = new SplittableRandom((seed * 1_000_003 + number) * 0xBF58476D1CE4E5B9L);
        world.pass(random.nextInt(random.nextInt(8) == 0 ? 120_000 : 15_000));
        SimulatedReplica replica = world.replicas.get(random.nextInt(world.replicas.size()));
        SimulatedPublisher publisher = world.publishers.get(random.nextInt(world.publishers.size()));
        int what = random.nextInt(110);
        if (what < 10) {
            Change change = world.source.commit(random, world.nowMicros());
            world.trace("commit " + change);
            if (publishesAtCommit) {
                publisher.submit(change);
            } else if (!extras.commitsAreSlow) {
                show(publisher);
            }
        } else if (what < 20) {
            publisher.append(1 + random.nextInt(4), random.nextBoolean(), with(Fault.LOST_ANSWER, random, 6));
        } else if (what < 22) {
            publisher.tend();
        } else if (what < 25) {
            world.replicate();
        } else if (what >= 92) {
            fault(random, replica, publisher);
        } else if (!replica.isFrozen) {
            live(what, random, replica);
        }
        extraStep(new SplittableRandom((seed * 1_000_003 + number) * 0x9FB21C651E98DF25L));
    }

    /** Makes a commit visible; then its source publishes it. */
    private void show(SimulatedPublisher publisher) {
        Change change = world.source.show();
        if (change != null) {
            world.trace("visible " + change);
            if (!publishesAtCommit) {
                publisher.submit(change);
            }
        }
    }

    private void extraStep(SplittableRandom random) {
        SimulatedReplica replica = world.replicas.get(random.nextInt(world.replicas.size()));
        if ((extras.commitsAreSlow || publishesAtCommit) && random.nextInt(12) == 0) {
            show(world.publishers.get(random.nextInt(world.publishers.size())));
        }
        if (regionsExpire && new SplittableRandom(seed + world.nowMicros()).nextInt(12) == 0) {
            world.expire();
        }
        if (extras.readersFail && random.nextInt(60) == 0) {
            replica.failReader(1 + random.nextInt(4));
        }
        if (extras.somebodyWaits && !world.awaits.isEmpty()) {
            int last = world.awaits.size() - 1;
            World.Awaited awaited = world.awaits.get(Math.max(0, last - random.nextInt(4)));
            if (random.nextInt(10) == 0) {
                world.askFleet(awaited);
            }
            if (random.nextInt(20) == 0 && !replica.isFrozen) {
                replica.awaitPosition(awaited);
            }
        }
    }

    private void live(int what, SplittableRandom random, SimulatedReplica replica) {
        if (what < 45) {
            replica.deliver(1 + random.nextInt(6));
        } else if (what < 50) {
            replica.beginBeat();
        } else if (what < 57) {
            replica.runBeat();
        } else if (what < 62) {
            replica.readPage();
        } else if (what < 75) {
            replica.read(world.source.anyKey(random), random.nextBoolean(), random.nextInt(3));
        } else if (what < 84) {
            replica.finishLoad(random);
        } else if (what < 85) {
            replica.storeWithoutLease(world.source.anyKey(random), random.nextInt(3));
        } else if (what < 87) {
            replica.sweep();
        } else if (what < 88) {
            replica.lookForSilence();
        } else {
            // Now and then somebody is told of a master that is one no longer.
            replica.connect(random.nextInt(8) == 0 ? any(random) : world.official());
        }
    }

    private Node any(SplittableRandom random) {
        return random.nextBoolean() ? world.first : world.second;
    }

    private boolean with(Fault fault, SplittableRandom random, int oneIn) {
        return faults.contains(fault) && random.nextInt(oneIn) == 0;
    }

    private void fault(SplittableRandom random, SimulatedReplica replica, SimulatedPublisher publisher) {
        List<Fault> possible = new ArrayList<>(faults);
        if (possible.isEmpty()) {
            return;
        }
        Fault fault = possible.get(random.nextInt(possible.size()));
        if (fault.isOfServer()) {
            // They undo much: histories in which little is left to be undone find little.
            if (random.nextInt(2) == 0) {
                serverFault(fault, random);
            }
        } else {
            clientFault(fault, random, replica, publisher);
        }
    }

    private void clientFault(
            Fault fault, SplittableRandom random, SimulatedReplica replica, SimulatedPublisher publisher) {
        Wire wire = replica.wire();
        switch (fault) {
            case CUT -> {
                if (wire != null) {
                    world.trace(replica + "'s connection is cut");
                    wire.sever(false, random.nextInt(4));
                }
            }
            case SILENT_CUT -> {
                if (wire != null) {
                    world.trace(replica + "'s connection falls silent");
                    wire.sever(true, random.nextInt(4));
                }
            }
            case LOST_RECORDS -> {
                if (wire != null) {
                    wire.losesRecords = random.nextInt(3) > 0;
                    world.trace(replica + (wire.losesRecords ? " gets no records" : " gets records again"));
                }
            }
            case REPEATED_RECORDS -> {
                if (wire != null) {
                    wire.repeatsRecords = !wire.repeatsRecords;
                    world.trace(replica + (wire.repeatsRecords ? " gets records twice" : " gets records once"));
                }
            }
            case GARBLED -> {
                if (wire != null) {
                    world.trace("bytes that are no record reach " + replica);
                    wire.send(world.names.channel(), new byte[] {1, 2, 3});
                }
            }
            case FORGED_ANSWER -> {
                world.trace("somebody repeats an answer to " + replica);
                replica.hearForgedAnswer();
            }
            case FREEZE -> {
                world.trace(replica + (replica.isFrozen ? " wakes" : " freezes"));
                replica.isFrozen = !replica.isFrozen;
                world.pass(random.nextInt(500_000));
            }
            case SUSPEND -> {
                long micros = random.nextInt(3_000_000);
                world.trace(replica + "'s machine sleeps for " + micros + " us");
                replica.clock.suspendedFor(micros);
                world.pass(micros);
            }
            case CLOCK_JUMP -> {
                // A clock that is set back while the machine slept hides the sleep; no process can tell.
                long micros = random.nextLong(4_000_000) - (faults.contains(Fault.SUSPEND) ? 0 : 2_000_000);
                world.trace(replica + "'s calendar clock is set by " + micros + " us");
                replica.clock.setBy(micros);
            }
            case LOST_ANSWER -> publisher.append(1, true, true);
            case PUBLISHER_DEATH -> {
                world.trace("a publisher dies");
                publisher.die();
            }
            case NEWER_PUBLISHER -> {
                publisher.isNewer = !publisher.isNewer;
                world.trace("a publisher is " + (publisher.isNewer ? "newer" : "as before"));
            }
            default -> throw new IllegalStateException(fault + " is not a client's");
        }
    }

    private void serverFault(Fault fault, SplittableRandom random) {
        Node node = world.official();
        RedisModel server = node.server;
        if (server == null) {
            world.restart(node, random.nextBoolean());
            return;
        }
        switch (fault) {
            case RESTART_EMPTY, RESTART_OLD -> {
                if (fault == Fault.RESTART_OLD && random.nextBoolean()) {
                    world.save(node);
                } else {
                    world.crash(node, random.nextInt(4) == 0, random.nextInt(3));
                    if (random.nextBoolean()) {
                        world.restart(node, fault == Fault.RESTART_OLD);
                    }
                }
            }
            case FAILOVER -> {
                if (random.nextBoolean()) {
                    world.replicate();
                }
                world.crash(node, random.nextInt(4) == 0, random.nextInt(3));
                world.promote();
                world.restart(node, false);
            }
            case ISOLATION -> {
                if (server.isolatedAtMicros < 0) {
                    world.isolate();
                } else if (random.nextInt(3) == 0) {
                    world.reunite();
                } else {
                    world.promote();
                }
                if (random.nextInt(3) == 0) {
                    world.demote();
                }
            }
            case SWITCH_OVER -> {
                world.promote();
                if (random.nextInt(3) > 0) {
                    world.demote();
                }
            }
            case FLUSH -> {
                world.disrupted("everything is flushed");
                server.flush();
            }
            case HALF_SCRIPT -> {
                world.trace("a script is to fail halfway");
                server.failingWrite = 1 + random.nextInt(6);
            }
            case FOREIGN_ENTRY -> {
                RedisModel.Log log = server.log(world.names.log());
                if (log != null) {
                    world.disrupted("a stranger adds to the log");
                    server.damage();
                    log.lastId = random.nextBoolean() ? log.lastId + 1L + random.nextInt(3) : world.nowMicros() / 1_000;
                    log.entries.put(log.lastId, "what is this");
                }
            }
            case FOREIGN_HEAD -> {
                world.disrupted("a stranger overwrites the head");
                server.damage();
                server.put(world.names.head(), "mine");
            }
            case LOG_EVICTED -> {
                world.disrupted("the log is evicted");
                server.damage();
                server.remove(world.names.log());
            }
            case HEAD_EVICTED -> {
                world.disrupted("the head is evicted");
                server.damage();
                server.remove(world.names.head());
            }
            case LOG_HOLE -> {
                RedisModel.Log log = server.log(world.names.log());
                if (log != null && !log.entries.isEmpty()) {
                    world.disrupted("an entry of the log is deleted");
                    server.damage();
                    List<Long> ids = new ArrayList<>(log.entries.keySet());
                    log.entries.remove(ids.get(random.nextInt(ids.size())));
                }
            }
            case SHORT_LOG -> {
                // The log's bound does it.
            }
            default -> throw new IllegalStateException(fault + " is not a server's");
        }
    }
}

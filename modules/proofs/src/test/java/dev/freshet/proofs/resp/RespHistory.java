package dev.freshet.proofs.resp;

import dev.freshet.proofs.mutation.Breach;
import dev.freshet.proofs.mutation.Shrinker;
import dev.freshet.proofs.resp.Loops.Loop;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What a seed makes happen. Each step draws from randomness of its own, so that a history from which steps are left out is a history too.
 * Which faults happen at all is drawn first.
 */
final class RespHistory {

    static final int STEPS = 300;
    static final List<String> KEYS = List.of("user:1", "user:2", "user:3");

    private static final int MANY = 1 << 20;

    private enum Fault {
        LOST_TRACKING,
        SILENT_TRACKING,
        FROZEN_TRACKING,
        DEAF_TRACKING,
        LOST_CLIENT,
        EVICTION,
        FLUSH,
        RESTART,
        FAILOVER,
        MOVED_ENDPOINT,
        QUIET_LOG
    }

    /** What became of a run. */
    record Outcome(@Nullable Throwable breach, long hits, long answers) {}

    private final long seed;
    private final RespWorld world;
    private final Set<Fault> faults = EnumSet.noneOf(Fault.class);
    private final int stepsBetweenDeliveries;

    /** How many keys are used: with few, everything meets. */
    private final int keys;

    /** Whether most writes are scripts. */
    private final boolean isScripted;

    private TrackedRedis older;

    private RespHistory(long seed, @Nullable List<String> trace) {
        this.seed = seed;
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L);
        world = new RespWorld(random.nextBoolean(), trace);
        older = world.snapshot();
        int oneIn = 1 + random.nextInt(5);
        for (Fault fault : Fault.values()) {
            if (random.nextInt(oneIn + 1) == 0) {
                faults.add(fault);
            }
        }
        keys = 1 + random.nextInt(KEYS.size());
        isScripted = random.nextInt(4) == 0;
        stepsBetweenDeliveries = 1 + random.nextInt(3);
        Loop first = world.loops.add("first");
        Loop second = random.nextBoolean() ? world.loops.add("second") : first;
        world.clients.add(new RespClient(world, first, "A"));
        world.clients.add(new RespClient(world, first, "B"));
        world.clients.add(new RespClient(world, second, "C"));
    }

    static Outcome run(long seed, int[] steps, @Nullable List<String> trace) {
        RespHistory history = new RespHistory(seed, trace);
        Throwable breach = null;
        try {
            history.settle();
            for (int step : steps) {
                history.step(step);
            }
            history.recover();
        } catch (Breach | RuntimeException broken) {
            breach = broken;
        }
        return new Outcome(
                breach,
                history.world.hits(),
                history.world.clients.stream().mapToLong(RespClient::answers).sum());
    }

    static Outcome run(long seed) {
        return run(seed, Shrinker.all(STEPS), null);
    }

    private void step(int number) {
        SplittableRandom random = new SplittableRandom(seed * 0xD1342543DE82EF95L + number * 0x9E3779B97F4A7C15L);
        int dice = random.nextInt(100);
        if (dice < 62) {
            client(random, world.clients.get(random.nextInt(world.clients.size())));
        } else if (dice < 76) {
            elsewhere(random);
        } else if (dice < 84) {
            time(random);
        } else if (dice < 90) {
            fault(random);
        }
        if (number % stepsBetweenDeliveries == 0) {
            deliver(random, random.nextInt(30));
        }
        if (!faults.contains(Fault.QUIET_LOG) || random.nextInt(40) == 0) {
            world.confirmLog();
        }
    }

    private String key(SplittableRandom random) {
        return KEYS.get(random.nextInt(keys));
    }

    private void client(SplittableRandom random, RespClient client) {
        int commands = random.nextInt(4) == 0 ? 1 + random.nextInt(4) : 1;
        if (random.nextInt(12) == 0) {
            List<List<String>> transaction = new ArrayList<>();
            for (int i = 0; i < commands; i++) {
                transaction.add(command(random));
            }
            client.sendTransaction(transaction);
            return;
        }
        for (int i = 0; i < commands; i++) {
            client.send(random.nextInt(10) < 6 ? new String[] {"GET", key(random)} : any(random));
        }
    }

    private String[] any(SplittableRandom random) {
        return random.nextInt(3) == 0
                ? new String[] {"FRESHET.GET", key(random)}
                : command(random).toArray(String[]::new);
    }

    private List<String> command(SplittableRandom random) {
        String key = key(random);
        return switch (random.nextInt(14)) {
            case 0, 1, 2, 3 -> write(random, key);
            case 4 -> List.of("DEL", key);
            case 5 -> List.of("PEXPIRE", key, Integer.toString(1 + random.nextInt(400)));
            case 6 -> List.of("PERSIST", key);
            case 7 -> List.of("EVAL", "script", "0", key, world.nextValue(key, false));
            case 8 -> List.of("MGET", key, key(random));
            case 9 -> List.of("EXISTS", key);
            case 10 -> List.of("PTTL", key);
            case 11 -> random.nextInt(6) == 0 ? List.of("FLUSHDB") : List.of("GET", key);
            case 12 -> random.nextInt(3) == 0 ? List.of("RPUSH", key, world.nextValue(key, false)) : write(random, key);
            default -> List.of("GET", key);
        };
    }

    private List<String> write(SplittableRandom random, String key) {
        if (isScripted) {
            return List.of("EVAL", "script", "0", key, world.nextValue(key, false));
        }
        String value = world.nextValue(key, random.nextInt(10) == 0);
        return random.nextInt(3) > 0
                ? List.of("SET", key, value)
                : List.of("SET", key, value, "PX", Integer.toString(1 + random.nextInt(400)));
    }

    private void elsewhere(SplittableRandom random) {
        if (random.nextInt(6) == 0) {
            world.official().expire();
            return;
        }
        List<String> command = command(random);
        world.say("elsewhere: " + String.join(" ", command));
        world.official().execute(command.toArray(String[]::new));
    }

    private void time(SplittableRandom random) {
        long micros = random.nextInt(4) == 0 ? random.nextInt(150_000) : random.nextInt(8_000);
        world.say("time passes: " + micros + " us");
        world.loops.advance(micros);
    }

    // ---- Faults

    private void fault(SplittableRandom random) {
        List<Fault> some = List.copyOf(faults);
        if (some.isEmpty()) {
            return;
        }
        Fault fault = some.get(random.nextInt(some.size()));
        world.say(fault.toString());
        long whileMicros = world.nowMicros() + random.nextInt(500_000);
        switch (fault) {
            case LOST_TRACKING -> tracking().forEach(link -> link.sever(random.nextBoolean(), false));
            case SILENT_TRACKING -> tracking().forEach(link -> link.sever(true, true));
            case FROZEN_TRACKING ->
                tracking().forEach(link -> {
                    link.hearsNothingUntilMicros = whileMicros;
                    link.sendsNothingUntilMicros = whileMicros;
                });
            case DEAF_TRACKING -> tracking().forEach(link -> link.hearsNothingUntilMicros = whileMicros);
            case LOST_CLIENT -> {
                RespClient client = world.clients.get(random.nextInt(world.clients.size()));
                client.reconnect();
            }
            case EVICTION -> world.official().evict(key(random));
            case FLUSH -> world.official().execute("FLUSHDB");
            case RESTART -> restart(random);
            case FAILOVER, MOVED_ENDPOINT -> {
                world.replaceMaster(random.nextBoolean() ? older : world.snapshot(), fault == Fault.MOVED_ENDPOINT);
                older = world.snapshot();
            }
            case QUIET_LOG -> {}
        }
    }

    private List<Link> tracking() {
        return world.links.stream().filter(link -> link.isTracking).toList();
    }

    private void restart(SplittableRandom random) {
        if (world.isDown()) {
            world.replaceMaster(random.nextBoolean() ? older : world.snapshot(), false);
            older = world.snapshot();
        } else {
            older = random.nextBoolean() ? world.snapshot() : older;
            world.kill();
        }
    }

    // ---- Delivering

    /** Lets some of what could happen next happen, in any order. */
    private void deliver(SplittableRandom random, int times) {
        for (int i = 0; i < times; i++) {
            List<Runnable> ready = ready(random);
            if (ready.isEmpty()) {
                return;
            }
            ready.get(random.nextInt(ready.size())).run();
        }
    }

    private List<Runnable> ready(SplittableRandom random) {
        List<Runnable> ready = new ArrayList<>();
        int kind = random.nextInt(4);
        int atMost = kind == 0 ? 1 + random.nextInt(60) : MANY;
        int toSubscriber = kind == 1 || kind == 2 ? Pipe.ONE_MESSAGE : atMost;
        for (Loop loop : world.loops.all) {
            if (!loop.isIdle()) {
                ready.add(loop::runOne);
            }
        }
        for (Link link : world.links) {
            if (link.hasForRedis()) {
                ready.add(() -> link.deliverToRedis(atMost));
            }
            if (link.hasForSubscriber() && link.pipe.loop.isIdle()) {
                ready.add(() -> link.pipe.deliver(toSubscriber));
            }
        }
        for (Pipe pipe : world.clientPipes) {
            if (pipe.hasArriving() && pipe.loop.isIdle()) {
                ready.add(() -> pipe.deliver(toSubscriber));
            }
        }
        return ready;
    }

    /** Lets everything happen that can, without time. */
    private void settle() {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 100_000; i++) {
            if (ready(random).isEmpty()) {
                return;
            }
            deliver(random, 1);
        }
        throw new Breach("what is under way never ends");
    }

    /** After the faults, the port answers from copies again, and what is read everywhere is what there is. */
    private void recover() {
        world.say("the faults end");
        if (world.isDown()) {
            world.replaceMaster(older, false);
        }
        world.links.forEach(link -> {
            link.hearsNothingUntilMicros = 0;
            link.sendsNothingUntilMicros = 0;
        });
        for (int i = 0; i < 100; i++) {
            world.confirmLog();
            settle();
            world.loops.advance(50_000);
        }
        world.official().expire();
        world.official().execute("SET", KEYS.get(0), world.nextValue(KEYS.get(0), false));
        world.confirmLog();
        settle();
        if (!world.isTracking()) {
            throw new Breach("the port does not hear Redis again");
        }
        for (RespClient client : world.clients) {
            if (!client.isIdle()) {
                throw new Breach("a command is never answered");
            }
        }
        if (world.fillsInFlight() != 0) {
            throw new Breach(world.fillsInFlight() + " fetches never end");
        }
        finalReads();
    }

    private void finalReads() {
        for (int round = 0; round < 3; round++) {
            for (RespClient client : world.clients) {
                KEYS.forEach(key -> client.send("GET", key));
                settle();
            }
        }
        long before = world.port.stats().answeredLocally();
        for (String key : KEYS) {
            String value = world.official().peek(key);
            world.clients.forEach(client -> client.expect(key, value));
        }
        settle();
        if (world.port.stats().answeredLocally() == before) {
            throw new Breach("nothing is answered from copies any more");
        }
    }
}

package dev.freshet.spring.boot.test;

import dev.freshet.Freshet;
import dev.freshet.Published;
import dev.freshet.Region;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.HandClock;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;

/** What a test with {@link FreshetTest} does with Redis, with time, and with another replica. Injected. Safe to use from any thread. */
public final class FreshetTester {

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** No key of an application: only a converter could make such a text. */
    private static final String NOBODYS_KEY = "~freshet-test:await-coherent";

    private final ConfigurableApplicationContext application;
    private final RedisServer redis = RedisServer.started();
    private final FaultProxy faults = FaultProxy.to(redis);
    private final HandClock clock = new HandClock();
    private @Nullable SecondReplica replica;

    FreshetTester(ConfigurableApplicationContext application) {
        this.application = application;
    }

    /** Returns the Redis of the application and of the second replica. */
    public RedisServer redis() {
        return redis;
    }

    /** Returns the proxy through which the application reaches Redis; the second replica does not use it. */
    public FaultProxy faults() {
        return faults;
    }

    /** Returns the clock by which entries of all caches expire. It stands still until it is moved. */
    public HandClock clock() {
        return clock;
    }

    /** Returns the second replica. The first call starts it, and needs Redis. */
    public synchronized SecondReplica replica() {
        SecondReplica current = replica;
        if (current == null) {
            current = SecondReplica.of(application, redis.uri());
            replica = current;
        }
        return current;
    }

    /**
     * Waits until both replicas have applied every eviction that either has made, those that waited for Redis included. At most 30 s.
     *
     * @throws AssertionError if it takes longer; it says what is missing
     */
    public void awaitCoherent() {
        long deadlineNanos = System.nanoTime() + LONGEST_WAIT.toNanos();
        List<Freshet> clients = clients();
        for (Freshet client : clients) {
            await("every region is confirmed", client, deadlineNanos, () -> client.ready()
                    .isDone());
            await(
                    "Redis has every eviction",
                    client,
                    deadlineNanos,
                    () -> client.stats().queueChanges() == 0);
        }
        Set<String> names = new TreeSet<>();
        clients.forEach(client -> client.regions().forEach(region -> names.add(region.name())));
        names.forEach(name -> awaitCoherent(name, clients, deadlineNanos));
    }

    private void awaitCoherent(String name, List<Freshet> clients, long deadlineNanos) {
        List<Region<?>> regions = new ArrayList<>();
        clients.forEach(client ->
                client.regions().stream().filter(it -> it.name().equals(name)).forEach(regions::add));
        if (regions.isEmpty()) {
            return; // closed meanwhile
        }
        Published[] end = new Published[1];
        await("Redis takes changes of region \"" + name + "\"", clients.get(0), deadlineNanos, () -> {
            end[0] = regions.get(0).invalidate(NOBODYS_KEY);
            return end[0] instanceof Published.Logged;
        });
        for (Region<?> region : regions) {
            Duration left = Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime()));
            try {
                if (!region.awaitApplied(end[0].orThrow().at(), left).get(left.toNanos(), TimeUnit.NANOSECONDS)) {
                    throw notCoherent("region \"" + name + "\" has applied everything", clients.get(0));
                }
            } catch (TimeoutException | ExecutionException late) {
                throw notCoherent("region \"" + name + "\" has applied everything", clients.get(0));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw notCoherent("region \"" + name + "\" has applied everything", clients.get(0));
            }
        }
    }

    private interface Check {
        boolean holds();
    }

    private static void await(String what, Freshet client, long deadlineNanos, Check check) {
        while (!check.holds()) {
            if (System.nanoTime() - deadlineNanos > 0 || Thread.currentThread().isInterrupted()) {
                throw notCoherent(what, client);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private static AssertionError notCoherent(String what, Freshet client) {
        String trouble = client.trouble();
        return new AssertionError("after " + LONGEST_WAIT.toSeconds() + " s it does not hold that " + what
                + (trouble == null ? "" : ": " + trouble));
    }

    private synchronized List<Freshet> clients() {
        Freshet own = application.getBean(Freshet.class);
        SecondReplica other = replica;
        return other == null ? List.of(own) : List.of(own, other.freshet());
    }

    /** Ends all faults, starts Redis if it was stopped, and empties every cache. */
    void reset() {
        redis.resume();
        redis.start();
        faults.heal();
        for (Freshet client : clients()) {
            client.regions().forEach(region -> region.evictLocally(Selector.all()));
        }
    }

    synchronized void close() {
        if (replica != null) {
            replica.close();
        }
        faults.close();
        redis.close();
    }
}

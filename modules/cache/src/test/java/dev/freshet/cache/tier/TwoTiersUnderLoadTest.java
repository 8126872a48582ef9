package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Two replicas with real threads, a database of counters, and writers that say what they wrote in every way there is. Whoever
 * has waited until a replica has applied an invalidation must never read an older value through it again, whichever tier
 * it comes from.
 */
class TwoTiersUnderLoadTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final int KEYS = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final AtomicLongArray database = new AtomicLongArray(KEYS);
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicInteger checks = new AtomicInteger();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();

    @Test
    void afterAnInvalidationIsAppliedNoTierBringsTheOldValueBack() throws Exception {
        try (Publisher publisher = Publisher.connect(Patient.publisher(REDIS.uri()));
                Replica one = new Replica(REDIS.uri(), publisher, builder -> builder);
                Replica two = new Replica(REDIS.uri(), publisher, builder -> builder)) {
            List<Replica> replicas = List.of(one, two);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Random random = new Random(100 + i);
                threads.add(new Thread(() -> guarded(() -> readOnce(random, replicas))));
            }
            for (int i = 0; i < 2; i++) {
                Random random = new Random(i);
                int share = i;
                threads.add(new Thread(() -> guarded(() -> writeOnce(random, share, publisher, replicas))));
            }
            threads.forEach(Thread::start);
            try {
                await().pollDelay(Duration.ofSeconds(6)).until(() -> {
                    // Fewer, and this shows nothing.
                    boolean isEnough = checks.get() > 100
                            && one.tier.stats().hits() + two.tier.stats().hits() > 50;
                    return isEnough || !faults.isEmpty();
                });
            } finally {
                isOver.set(true);
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(faults).isEmpty();
        }
    }

    private void guarded(Runnable step) {
        while (!isOver.get() && faults.isEmpty()) {
            try {
                step.run();
            } catch (RuntimeException | AssertionError e) {
                faults.add(e.toString());
            }
        }
    }

    private long load(Random random, int key, Replica replica) {
        String value = replica.region.get("key:" + key, (name, context) -> {
            context.tags("tag:" + key % 2);
            long read = database.get(key);
            // A slow answer of the source: what it read may be outdated when it comes.
            LockSupport.parkNanos(random.nextInt(500_000));
            return Long.toString(read);
        });
        return Long.parseLong(String.valueOf(value));
    }

    private void readOnce(Random random, List<Replica> replicas) {
        Replica replica = replicas.get(random.nextInt(2));
        int key = random.nextInt(KEYS);
        load(random, key, replica);
        if (random.nextInt(4) == 0) {
            replica.local.invalidate("key:" + key); // so that Redis is asked
        }
    }

    /** Each writer has keys of its own, so that it knows what is newest. */
    private void writeOnce(Random random, int share, Publisher publisher, List<Replica> replicas) {
        int key = 2 * random.nextInt(KEYS / 2) + share;
        long value = database.get(key) + 1;
        Replica writer = replicas.get(random.nextInt(2));
        Receipt receipt;
        int way = random.nextInt(6);
        if (way == 0) {
            receipt = writer.region
                    .write("key:" + key, Long.toString(value), write -> {
                        write.tags("tag:" + key % 2);
                        database.set(key, value);
                    })
                    .receipt();
        } else {
            database.set(key, value);
            receipt = switch (way) {
                case 1, 2 -> writer.region.afterWrite("key:" + key).join();
                case 3 ->
                    publisher
                            .publish("users", Change.of(new Selector.Tags(List.of("tag:" + key % 2))))
                            .join();
                case 4 ->
                    publisher
                            .publish("users", Change.of(new Selector.Prefixes(List.of("key:" + key))))
                            .join();
                default -> publisher.publish("users", Change.of(Selector.all())).join();
            };
        }
        assertThat(receipt).isNotNull();
        for (Replica replica : replicas) {
            boolean applied = replica.subscriber()
                    .region("users")
                    .awaitPosition(receipt.position(), PATIENCE)
                    .join();
            assertThat(applied).isTrue();
            assertThat(load(random, key, replica))
                    .as("key %d after way %d at %s", key, way, receipt.position())
                    .isEqualTo(value);
            checks.incrementAndGet();
        }
        LockSupport.parkNanos(random.nextInt(1_000_000));
    }
}

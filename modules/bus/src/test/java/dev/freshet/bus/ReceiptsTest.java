package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import dev.freshet.testkit.RedisExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A receipt names the record that holds the change, and each change is appended once. Callers take turns in the appending
 * thread's place, on a machine that is busy with something else, so that each is held up anywhere.
 */
@Timeout(600)
class ReceiptsTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final int CALLERS = 3;
    private static final int EACH = 4_000;

    @Test
    void whatACallerBeganAndTheServerCouldNotDoIsHandedBackAndDone() {
        List<String> handedBack = new CopyOnWriteArrayList<>();
        PublisherListener listener = new PublisherListener() {
            @Override
            public void handedBack(String region) {
                handedBack.add(region);
            }
        };
        try (Publisher publisher = Publisher.connect(Patient.publisher(REDIS.uri()), listener)) {
            await().until(publisher::isConnected);
            Position before =
                    publisher.publish("flushed", Change.ofKeys("key")).join().position();
            await().until(() -> {
                REDIS.server().execute("SCRIPT", "FLUSH");
                // Whether it is the caller who sends depends on whether the appending thread looks after something.
                publisher.publish("flushed", Change.ofKeys("key")).join();
                return !handedBack.isEmpty();
            });
            assertThat(handedBack).containsOnly("flushed");
            Position after =
                    publisher.publish("flushed", Change.ofKeys("key")).join().position();
            assertThat(after.epoch()).isEqualTo(before.epoch());
            assertThat(publisher.region("flushed").join().logRecords()).isEqualTo(after.sequence());
        }
    }

    /** Lua's numbers are floating, and how the script writes them depends on how large they are. */
    @Test
    void countsGoOnWhereThirtyTwoBitsEnd() {
        RedisNames names = new RedisNames("large");
        try (Publisher publisher = Publisher.connect(Patient.publisher(REDIS.uri()))) {
            await().until(publisher::isConnected);
            for (long sequence : new long[] {Integer.MAX_VALUE - 2L, (1L << 32) - 2, 123_456_789_012_345L}) {
                long bytes = 2 * sequence;
                Position first =
                        publisher.publish("large", Change.ofKeys("key")).join().position();
                REDIS.server()
                        .execute("HSET", names.head(), "seq", Long.toString(sequence), "bytes", Long.toString(bytes));
                for (int i = 1; i <= 4; i++) {
                    assertThat(publisher
                                    .publish("large", Change.ofKeys("key"))
                                    .join()
                                    .position())
                            .isEqualTo(first.at(sequence + i));
                }
                assertThat(field(names, "seq")).isEqualTo(sequence + 4);
                assertThat(field(names, "bytes")).isBetween(bytes + 4, bytes + 4_000);
            }
        }
    }

    private static long field(RedisNames names, String field) {
        return Long.parseLong(REDIS.server().execute("HGET", names.head(), field));
    }

    @Test
    void eachReceiptNamesTheOneRecordThatHoldsTheChange() throws InterruptedException {
        Map<String, Position> receipts = new ConcurrentHashMap<>();
        AtomicBoolean isOver = new AtomicBoolean();
        List<Thread> hogs = new ArrayList<>();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            Thread hog = new Thread(() -> {
                while (!isOver.get()) {
                    Thread.onSpinWait();
                }
            });
            hog.start();
            hogs.add(hog);
        }
        try (Publisher publisher = Publisher.connect(Patient.publisher(REDIS.uri()))) {
            await().until(publisher::isConnected);
            List<Thread> callers = new ArrayList<>();
            for (int caller = 0; caller < CALLERS; caller++) {
                Random random = new Random(caller);
                String prefix = "caller" + caller + ":";
                Thread thread = new Thread(() -> {
                    for (int i = 0; i < EACH; i++) {
                        String key = prefix + i;
                        receipts.put(
                                key,
                                publisher
                                        .publish("receipts", Change.ofKeys(key))
                                        .join()
                                        .position());
                        if (random.nextInt(3) == 0) {
                            LockSupport.parkNanos(random.nextInt(200_000));
                        }
                    }
                });
                thread.start();
                callers.add(thread);
            }
            for (Thread caller : callers) {
                caller.join();
            }
        } finally {
            isOver.set(true);
        }
        for (Thread hog : hogs) {
            hog.join();
        }

        assertThat(LoggedKeys.of(REDIS.uri(), "receipts"))
                .hasSize(CALLERS * EACH)
                .isEqualTo(receipts);
    }
}

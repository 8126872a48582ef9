package dev.freshet.spring;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** What both replicas load from. A test can hold a load between its read and its return. */
final class Source {

    /** A load that is held. */
    static final class Audited {
        private final CountDownLatch hasRead = new CountDownLatch(1);
        private final CountDownLatch mayReturn = new CountDownLatch(1);

        void awaitRead() {
            await(hasRead);
        }

        void release() {
            mayReturn.countDown();
        }

        private static void await(CountDownLatch latch) {
            try {
                if (!latch.await(60, TimeUnit.SECONDS)) {
                    throw new AssertionError("waited for a minute");
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private final Map<String, String> rows = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> loads = new ConcurrentHashMap<>();
    private final Map<String, Audited> held = new ConcurrentHashMap<>();

    void write(String id, String value) {
        rows.put(id, value);
    }

    void delete(String id) {
        rows.remove(id);
    }

    int loads(String id) {
        return loads.getOrDefault(id, new AtomicInteger()).get();
    }

    /** Holds the next load of this row. */
    Audited hold(String id) {
        Audited hold = new Audited();
        held.put(id, hold);
        return hold;
    }

    /** @throws NoSuchRow if the row is "broken" */
    @Nullable
    String read(String id) {
        Objects.requireNonNull(loads.computeIfAbsent(id, added -> new AtomicInteger()))
                .incrementAndGet();
        String value = rows.get(id);
        Audited hold = held.remove(id);
        if (hold != null) {
            hold.hasRead.countDown();
            Audited.await(hold.mayReturn);
        }
        if ("broken".equals(value)) {
            throw new NoSuchRow(id);
        }
        return value;
    }

    static final class NoSuchRow extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoSuchRow(String id) {
            super(id);
        }
    }
}

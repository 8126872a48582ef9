package dev.freshet.resp.tracking;

import dev.freshet.resp.protocol.Reply;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells Redis which keys are read from copies, so that its eviction (LRU, LFU) does not take them for unused: a sample of the keys
 * that were read since the last time, by {@code TOUCH}, which changes nothing. Off unless it was asked for. Safe to use from any thread.
 */
public final class Touches {

    private static final Logger log = LoggerFactory.getLogger(Touches.class);

    /** One read of so many is noted: a hot key is noted nearly surely. A power of two. */
    static final int ONE_OF = 16;

    private static final int MAX_KEYS = 4096;
    private static final int KEYS_A_COMMAND = 128;

    private final boolean isOn;
    private final Set<String> read = ConcurrentHashMap.newKeySet();
    private final LongAdder touched = new LongAdder();
    private final LongAdder skipped = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private @Nullable String logged;

    Touches(boolean isOn) {
        this.isOn = isOn;
    }

    /** Returns whether this read is to be noted. */
    public boolean samples() {
        return isOn && (ThreadLocalRandom.current().nextInt() & (ONE_OF - 1)) == 0;
    }

    /** Notes that a key was read from a copy, by a command that counts as its use in Redis. */
    public void read(String key) {
        if (read.size() < MAX_KEYS) {
            read.add(key);
        } else {
            skipped.increment();
        }
    }

    /** Tells Redis. Event loop of the tracking connection. */
    void send(TrackingLink link) {
        List<String> command = new ArrayList<>();
        for (Iterator<String> keys = read.iterator(); keys.hasNext(); ) {
            command.add(keys.next());
            keys.remove();
            if (command.size() == KEYS_A_COMMAND) {
                send(link, command);
            }
        }
        send(link, command);
    }

    private void send(TrackingLink link, List<String> keys) {
        int count = keys.size();
        if (count > 0) {
            keys.add(0, "TOUCH");
            link.send(answer -> answered(answer, count), keys.toArray(String[]::new));
            keys.clear();
        }
    }

    private void answered(Reply answer, int count) {
        if (!(answer instanceof Reply.Fault fault)) {
            touched.add(count);
            return;
        }
        refused.add(count);
        if (!fault.message().equals(logged)) {
            logged = fault.message();
            log.warn("Redis is not told which keys are read at the RESP port (resp.touch-interval): {}", logged);
        }
    }

    /** Forgets what was read. */
    void clear() {
        read.clear();
    }

    /** Returns how many keys Redis was told of. */
    public long touched() {
        return touched.sum();
    }

    /** Returns how many reads were not noted, because too many keys were. */
    public long skipped() {
        return skipped.sum();
    }

    /** Returns how many keys Redis refused to be told of. */
    public long refused() {
        return refused.sum();
    }
}

package dev.freshet.sources.redis;

import dev.freshet.bus.BusException;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.admin.LogReader;
import dev.freshet.bus.admin.LogReader.Entry;
import dev.freshet.bus.source.ChannelSender;
import dev.freshet.bus.source.ChannelSender.Message;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Position;
import dev.freshet.sources.SourceListener;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the log of a region and publishes what it says as messages: read → leave out what came from messages → say → send. A thread of
 * its own does it, from where the publishers of this source stood last, or from now. It begins again after each failure.
 */
final class RegionRelay implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RegionRelay.class);
    private static final Duration PATIENCE = Duration.ofMillis(500);
    private static final long PAUSE_MILLIS = 500;
    private static final int PAGE_RECORDS = 100;
    private static final Position NO_LOG = new Position(0, 0);
    private static final long STOP_MILLIS = 3_000;

    private final String source;
    private final String region;
    private final String ownOrigin;
    private final RelayRules rules;
    private final LogReader reader;
    private final ChannelSender sender;
    private final SourceListener listener;
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable String fault = "does not relay yet";

    /** Where it stands; null: Redis knows. Epoch 0: there was no log yet. */
    private @Nullable Position position;

    /**
     * Starts.
     *
     * @param ownOrigin the origin of the records that messages of this source led to
     * @param logs the Redis with the logs
     * @param channels the Redis with the channels
     */
    RegionRelay(
            String source,
            String region,
            String ownOrigin,
            RelayRules rules,
            RedisConfig logs,
            RedisConfig channels,
            SourceListener listener) {
        this.source = source;
        this.region = region;
        this.ownOrigin = ownOrigin;
        this.rules = rules;
        this.reader = LogReader.of(logs, region);
        this.sender = new ChannelSender(channels, source);
        this.listener = listener;
        this.thread = new Thread(this::run, "freshet-relay-" + source + "-" + region);
        this.thread.setDaemon(true);
        thread.start();
    }

    /** Returns why it does not relay, or null if it does. Any thread. */
    @Nullable
    String fault() {
        return fault;
    }

    private void run() {
        while (closed.getCount() > 0) {
            try {
                step();
                fault = null;
            } catch (BusException e) {
                failed("the relay of region " + region + " waits: " + e.getMessage());
            } catch (RuntimeException | Error e) {
                log.error("the relay of region {} failed unexpectedly", region, e);
                failed("the relay of region " + region + " met a fault: " + e);
            }
        }
        reader.close();
        sender.close();
    }

    private void failed(String why) {
        fault = why;
        position = null;
        try {
            closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            closed.countDown(); // only close() interrupts it
        }
    }

    private void step() {
        Position from = position == null ? begin() : position;
        position = from;
        List<Entry> entries = reader.read(from.sequence(), PAGE_RECORDS, PATIENCE);
        if (entries.isEmpty()) {
            // Another epoch begins at sequence 1, before the sequence that this waits for. So the head must be asked.
            Position head = reader.head();
            if (head != null && head.epoch() != from.epoch()) {
                say(from.epoch() != 0, List.of(), from, new Position(head.epoch(), 0));
            }
            return;
        }
        relay(entries, from);
    }

    /** Where to read on. Records from before the first start are not relayed: the applications' own messages told of them. */
    private Position begin() {
        Position head = reader.head();
        Position known = sender.position(region);
        if (known != null) {
            return known;
        }
        Position now = head == null ? NO_LOG : head;
        sender.send(region, now, now, List.of());
        return now;
    }

    private void relay(List<Entry> entries, Position from) {
        Set<Message> messages = new LinkedHashSet<>();
        boolean isGap = false;
        Position at = from;
        for (Entry entry : entries) {
            if (!(entry.decoded() instanceof Decoded.Intact record)) {
                isGap = true;
                at = new Position(at.epoch(), Math.max(at.sequence(), entry.sequence()));
                continue;
            }
            Position here = record.header().position();
            boolean isNewLog = here.epoch() != at.epoch();
            if (isNewLog && at.epoch() != 0 && here.sequence() != 1) {
                // The log was replaced, and this page began in its middle.
                isGap = true;
                at = new Position(here.epoch(), 0);
                break;
            }
            isGap |= isNewLog ? at.epoch() != 0 : here.sequence() != at.sequence() + 1;
            at = here;
            if (!record.body().origin().equals(ownOrigin)) {
                RelayRules.Said said = rules.of(record.body().invalidations());
                messages.addAll(said.messages());
                note(said);
            }
        }
        say(isGap, List.copyOf(messages), from, at);
    }

    private void note(RelayRules.Said said) {
        if (!said.isWhole()) {
            listener.unrelayed(source, region);
        }
    }

    private void say(boolean isGap, List<Message> messages, Position from, Position upTo) {
        Set<Message> all = new LinkedHashSet<>(messages);
        if (isGap) {
            log.warn("source {}: records of region {} were lost before they were relayed", source, region);
            RelayRules.Said whole = rules.all();
            all.addAll(whole.messages());
            note(whole);
        }
        if (sender.send(region, from, upTo, List.copyOf(all))) {
            position = upTo;
            listener.relayed(source, all.size());
        } else {
            position = null; // another publisher relayed it, and knows where to read on
        }
    }

    /** Stops, and waits for it for a bounded time. */
    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join(STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            log.warn("the relay of region {} did not stop within {} ms", region, STOP_MILLIS);
        }
    }
}

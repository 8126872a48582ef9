package dev.freshet.bus.internal.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.ResetReason;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordHeader;
import dev.freshet.schema.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Seeded histories of one subscriber, a model of Redis, and everything that may go wrong between them, driven through the
 * very state machine that runs in production. After each step the promises hold:
 *
 * <ul>
 *   <li>A confirmation never lies: all that was appended before its heartbeat began has been applied, or a reset came after.
 *   <li>Within an epoch the applied records have no holes, unless a reset lies in between.
 *   <li>Where nothing but connections broke, and the log holds what was missed, nothing is reset.
 *   <li>When the faults end, the subscriber gets confirmed.
 * </ul>
 *
 * <p>More seeds: {@code -Dfreshet.machine.seeds=100000}. One seed: {@code -Dfreshet.machine.seed=42}.
 */
@Tag("pure")
class RegionStateMachineSimulationTest {

    private static final int STEPS = 400;

    @Test
    void thePromisesHoldInEveryHistory() {
        Integer only = Integer.getInteger("freshet.machine.seed");
        int seeds = Integer.getInteger("freshet.machine.seeds", 2_000);
        for (int seed = only == null ? 0 : only; seed < (only == null ? seeds : only + 1); seed++) {
            Simulation simulation = new Simulation(seed, true);
            try {
                simulation.run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + "\n" + simulation.history(), e);
            }
        }
    }

    @Test
    void whereOnlyConnectionsBreakNothingIsThrownAway() {
        for (int seed = 0; seed < 1_000; seed++) {
            Simulation simulation = new Simulation(seed, false);
            try {
                simulation.run();
                assertThat(simulation.resets).isZero();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + "\n" + simulation.history(), e);
            }
        }
    }

    private sealed interface Message {}

    private record Live(Arrival arrival) implements Message {}

    private record Garbled(RecordHeader header) implements Message {}

    private record Foreign() implements Message {}

    private record Answer(Head head) implements Message {}

    private record PageRequest(long ticket, Position from, long upTo) {}

    private static final class Simulation implements RegionStateMachine.Effects {
        private final Random random;
        private final boolean servers;
        private final RegionStateMachine machine = new RegionStateMachine(this, 5);
        private final List<String> history = new ArrayList<>();

        // The server.
        private long epoch = 1;
        private long sequence;
        private int run = 1;
        private long logStart = 1;
        private final List<Arrival> log = new ArrayList<>();
        private long appended;

        // The network: what the server has sent to the subscriber and has not arrived.
        private boolean isConnected;
        private boolean isDeaf;
        private final Deque<Message> wire = new ArrayDeque<>();
        private final Deque<Long> heartbeats = new ArrayDeque<>();
        private final Deque<PageRequest> pages = new ArrayDeque<>();

        // The truth: records that may still leave something stale here, by the order of their appending.
        private final Set<Long> outstanding = new HashSet<>();
        private final List<Long> appendedBefore = new ArrayList<>();
        private @Nullable Position lastApplied;
        private int confirmations;
        private int resets;

        /** One in so many calls of the reader fails; 0: none. */
        private int failsOneIn;

        private Simulation(int seed, boolean servers) {
            this.random = new Random(seed);
            this.servers = servers;
            this.failsOneIn = servers && seed % 3 == 0 ? 2 + seed % 5 : 0;
        }

        private boolean readerFails() {
            boolean fails = failsOneIn > 0 && random.nextInt(failsOneIn) == 0;
            if (fails) {
                note("  the reader fails");
            }
            return fails;
        }

        private String history() {
            return String.join("\n", history.subList(Math.max(0, history.size() - 60), history.size()));
        }

        private void run() {
            for (int step = 0; step < STEPS; step++) {
                step();
            }
            isDeaf = false;
            failsOneIn = 0;
            int before = confirmations;
            for (int step = 0; step < 200 && confirmations == before; step++) {
                settle();
            }
            assertThat(confirmations).as("confirmed once the faults are over").isGreaterThan(before);
        }

        private void step() {
            int what = random.nextInt(100);
            if (what < 30) {
                append();
            } else if (what < 62) {
                deliver();
            } else if (what < 72) {
                note("heartbeat");
                heartbeats.add(beginHeartbeat());
            } else if (what < 80) {
                runHeartbeat();
            } else if (what < 88) {
                readPage();
            } else if (what < 91) {
                disconnect();
            } else if (what < 95) {
                connect();
            } else if (what < 96) {
                isDeaf = random.nextInt(4) == 0;
            } else if (servers) {
                serverFault();
            }
        }

        private void settle() {
            connect();
            heartbeats.add(beginHeartbeat());
            runHeartbeat();
            while (!wire.isEmpty() || !pages.isEmpty()) {
                deliver();
                readPage();
            }
        }

        private long beginHeartbeat() {
            appendedBefore.add(appended);
            return appendedBefore.size() - 1L;
        }

        private void append() {
            sequence++;
            appended++;
            outstanding.add(appended);
            Invalidation invalidation = new Invalidation(Selector.keys("k"), appended, appended, OptionalLong.empty());
            Arrival arrival = new Arrival(
                    new LoggedRecord(
                            new RecordHeader(new Position(epoch, sequence), appended, false),
                            new RecordBody("", OptionalLong.empty(), List.of(invalidation))),
                    0);
            log.add(arrival);
            note("append " + arrival.position() + " as #" + appended);
            if (servers && random.nextInt(60) == 0) {
                send(new Garbled(arrival.record().header()));
            } else if (random.nextInt(25) != 0) {
                send(new Live(arrival));
                if (random.nextInt(30) == 0) {
                    send(new Live(arrival));
                }
            }
        }

        private void send(Message message) {
            if (isConnected && !(isDeaf && message instanceof Live)) {
                wire.add(message);
            }
        }

        private void deliver() {
            Message message = wire.poll();
            if (message == null) {
                return;
            }
            note("deliver " + message.getClass().getSimpleName());
            if (message instanceof Live live) {
                machine.record(live.arrival);
            } else if (message instanceof Garbled garbled) {
                machine.unreadable(garbled.header);
            } else if (message instanceof Foreign) {
                machine.foreign();
            } else if (message instanceof Answer answer) {
                machine.head(answer.head);
            }
        }

        private void runHeartbeat() {
            Long heartbeat = heartbeats.poll();
            if (heartbeat != null) {
                note("head " + epoch + "-" + sequence + " for heartbeat " + heartbeat);
                send(new Answer(new Head(heartbeat, new Position(epoch, sequence), "run" + run)));
            }
        }

        private void readPage() {
            PageRequest request = pages.poll();
            if (request == null) {
                return;
            }
            List<@Nullable Arrival> page = new ArrayList<>();
            for (Arrival entry : log) {
                long at = entry.position().sequence();
                if (at > request.from.sequence() && at <= request.upTo && at >= logStart && page.size() < 3) {
                    page.add(entry);
                }
            }
            note("page of " + page.size() + " behind " + request.from);
            machine.page(request.ticket, page);
        }

        private void disconnect() {
            if (isConnected) {
                note("disconnect");
                isConnected = false;
                wire.clear();
                machine.disconnected();
            }
        }

        private void connect() {
            if (!isConnected) {
                note("connect");
                isConnected = true;
                machine.subscribed();
            }
        }

        private void serverFault() {
            switch (random.nextInt(6)) {
                case 0 -> {
                    note("log trimmed to " + sequence);
                    logStart = Math.max(logStart, sequence - random.nextInt(4));
                }
                case 1 -> {
                    note("a hole in the log");
                    if (!log.isEmpty()) {
                        log.remove(random.nextInt(log.size()));
                    }
                }
                case 2 -> {
                    note("another server, empty");
                    run++;
                    beginEpoch();
                    disconnect();
                }
                case 3 -> {
                    note("flushed");
                    beginEpoch();
                }
                case 4 -> {
                    note("a failover that the connection survives");
                    run++;
                    beginEpoch();
                }
                default -> send(new Foreign());
            }
        }

        private void beginEpoch() {
            epoch++;
            sequence = random.nextInt(3) == 0 ? random.nextInt(20) : 0;
            logStart = sequence + 1;
            log.clear();
        }

        private void note(String what) {
            history.add(what + "   [" + machine.state() + " " + machine.position() + "]");
        }

        // ---- what the state machine wants, and whether it may

        @Override
        public boolean apply(Arrival arrival, boolean replayed) {
            Position at = arrival.position();
            note("  apply " + at);
            Position before = lastApplied;
            if (before != null && before.epoch() == at.epoch()) {
                assertThat(at.sequence()).as("no hole, no return").isEqualTo(before.sequence() + 1);
            }
            if (readerFails()) {
                return reset(ResetReason.READER_FAILED);
            }
            lastApplied = at;
            outstanding.remove(arrival.record().header().loggedAtMicros());
            return true;
        }

        @Override
        public void replay(long ticket, Position position, long upToSequence) {
            pages.add(new PageRequest(ticket, position, upToSequence));
        }

        @Override
        public boolean reset(ResetReason reason) {
            note("  reset " + reason);
            resets++;
            lastApplied = null;
            return dropsAll();
        }

        @Override
        public boolean joined() {
            note("  joined");
            lastApplied = null;
            return dropsAll();
        }

        private boolean dropsAll() {
            if (readerFails()) {
                return false;
            }
            outstanding.clear();
            return true;
        }

        @Override
        public void confirm(long heartbeat) {
            note("  confirm " + heartbeat);
            confirmations++;
            long before = Objects.requireNonNull(appendedBefore.get((int) heartbeat));
            assertThat(outstanding.stream().filter(record -> record <= before))
                    .as("confirmed, so nothing appended before may be missing")
                    .isEmpty();
        }

        @Override
        public void askHead() {
            heartbeats.add(beginHeartbeat());
        }

        @Override
        public void resubscribe(String why) {
            disconnect();
        }

        @Override
        public void duplicate() {}

        @Override
        public void gap() {}

        @Override
        public void bufferOverflowed() {}
    }
}

package dev.freshet.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.e2e.faults.Line.Replica;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.FaultProxy.Direction;
import dev.freshet.testkit.RedisServer;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Faults between processes and one Redis. A publisher and two subscribers each reach Redis through a proxy of their own, which
 * fails on command. Most faults hit the first subscriber; they must not affect the second.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OneRedisFaultsIT {
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(3);
    private static final String LOG = "freshet:{users}:log";
    private static final String HEAD = "freshet:{users}:head";

    private final Size size = Size.chosen();
    private final RedisServer redis = RedisServer.builder()
            .withDebugCommand()
            .withSetting("appendonly yes")
            .withSetting("appendfsync always")
            .start();
    private final FaultProxy toPublisher = FaultProxy.to(redis);
    private final FaultProxy toVictim = FaultProxy.to(redis);
    private final FaultProxy toBystander = FaultProxy.to(redis);
    private final Line line =
            new Line(size, "one-redis", toPublisher.redisUri(), List.of(toVictim.redisUri(), toBystander.redisUri()));
    private final Replica victim = line.replicas().get(0);
    private final Replica bystander = line.replicas().get(1);

    @AfterAll
    void stop() {
        line.close();
        List.of(toPublisher, toVictim, toBystander).forEach(FaultProxy::close);
        redis.close();
    }

    @AfterAll
    void enough_was_read() {
        if (FaultTable.faults().containsAll(EnumSet.range(Fault.SUBSCRIBER_CUT, Fault.SUBSCRIBER_KILLED))) {
            assertThat(FaultTable.checkedHits()).as("hits that were checked").isGreaterThanOrEqualTo(size.minHits());
        }
    }

    // ---- The network of one subscriber

    @Test
    void a_subscriber_is_cut_off_for_two_seconds_while_5000_of_its_10000_entries_change() throws Exception {
        FaultRun run = new FaultRun(line, size, Fault.SUBSCRIBER_CUT, List.of(victim), Line.LARGEST);
        FaultTable.add(run.run(() -> {
            toVictim.cut();
            hold(Duration.ofSeconds(2));
            awaitEachKeyChanged(Line.LARGEST / 2);
            toVictim.heal();
        }));
    }

    @Tag("nightly")
    @Test
    void what_redis_sends_to_a_subscriber_vanishes() throws Exception {
        hit(Fault.ANSWERS_VANISH, () -> {
            toVictim.blackhole(Direction.TO_CLIENT);
            hold(size.faultTime());
            toVictim.heal();
        });
    }

    @Tag("nightly")
    @Test
    void what_a_subscriber_sends_to_redis_vanishes() throws Exception {
        hit(Fault.REQUESTS_VANISH, () -> {
            toVictim.blackhole(Direction.TO_SERVER);
            hold(size.faultTime());
            toVictim.heal();
        });
    }

    @Test
    void everything_between_a_subscriber_and_redis_vanishes() throws Exception {
        hit(Fault.ALL_VANISHES, () -> {
            toVictim.blackhole();
            hold(size.faultTime());
            toVictim.heal();
        });
    }

    @Tag("nightly")
    @Test
    void everything_between_a_subscriber_and_redis_is_late() throws Exception {
        hit(Fault.LATENCY, () -> {
            toVictim.latency(Duration.ofMillis(150));
            hold(size.faultTime());
            toVictim.heal();
        });
    }

    @Tag("nightly")
    @Test
    void a_subscriber_receives_a_few_kibibytes_a_second() throws Exception {
        hit(Fault.SLOW_DRIP, () -> {
            toVictim.drip(4_096, Direction.TO_CLIENT);
            hold(size.faultTime());
            toVictim.heal();
        });
    }

    @Tag("ci")
    @Test
    void a_subscribers_connections_are_reset_in_the_middle_of_a_message() throws Exception {
        hit(Fault.RESET_IN_A_MESSAGE, () -> {
            long before = toVictim.acceptedConnections();
            // Not a multiple of any message's length, so that messages are cut.
            toVictim.resetAfter(7_919, Direction.TO_CLIENT);
            await().atMost(LONGEST_WAIT).until(() -> toVictim.acceptedConnections() - before >= 6);
            toVictim.heal();
        });
    }

    @Tag("ci")
    @Test
    void a_slow_subscriber_overflows_its_output_buffer() throws Exception {
        hit(Fault.OUTPUT_BUFFER, () -> {
            String limit = redis.execute("CONFIG", "GET", "client-output-buffer-limit")
                    .lines()
                    .skip(1)
                    .findFirst()
                    .orElseThrow();
            redis.execute("CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 0 0");
            toVictim.drip(4_096, Direction.TO_CLIENT);
            // Publishes until the sockets in between are full too.
            await("Redis gives up on the slow subscriber").atMost(LONGEST_WAIT).until(() -> {
                for (int i = 0; i < 20; i++) {
                    line.writer().publish(manyLongKeys());
                }
                return redis.log().lines().anyMatch(line -> isOverflowOf(victim.name(), line));
            });
            toVictim.heal();
            assertThat(redis.log().lines()).noneMatch(line -> isOverflowOf(bystander.name(), line));
            redis.execute("CONFIG", "SET", "client-output-buffer-limit", limit);
        });
    }

    private static boolean isOverflowOf(String subscriber, String logLine) {
        return logLine.contains("name=freshet-" + subscriber + " ") && logLine.contains("overcoming of output buffer");
    }

    /** Returns keys of the maximum length that no entry has: some 200 KB. */
    private static String manyLongKeys() {
        return IntStream.range(0, 400)
                .mapToObj(i -> "\"" + i + "x".repeat(500) + "\"")
                .collect(Collectors.joining(",", "{\"region\":\"users\",\"keys\":[", "]}"));
    }

    // ---- Redis

    @Test
    void client_kill_ends_all_connections_to_redis() throws Exception {
        hitAll(Fault.CLIENT_KILL, () -> {
            redis.execute("CLIENT", "KILL", "TYPE", "pubsub");
            redis.execute("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        });
    }

    @Test
    void redis_stands_still() throws Exception {
        hitAll(
                Fault.DEBUG_SLEEP,
                () -> redis.execute("DEBUG", "SLEEP", "" + size.faultTime().toMillis() / 1e3));
    }

    @Tag("ci")
    @Test
    void redis_forgets_its_scripts() throws Exception {
        hitAll(Fault.SCRIPT_FLUSH, () -> redis.execute("SCRIPT", "FLUSH"));
    }

    @Test
    void redis_forgets_everything() throws Exception {
        hitAll(Fault.FLUSHALL, redis::flushAll);
    }

    @Test
    void the_log_is_trimmed_past_the_position_of_a_subscriber_that_is_cut_off() throws Exception {
        hit(Fault.LOG_TRIMMED, () -> {
            toVictim.cut();
            awaitEachKeyChanged(size.entries() / 2);
            redis.execute("XTRIM", LOG, "MAXLEN", "1");
            toVictim.heal();
        });
    }

    @Tag("ci")
    @Test
    void a_stranger_overwrites_the_head() throws Exception {
        hitAll(Fault.STRANGER_SETS_HEAD, () -> redis.execute("SET", HEAD, "mine"));
    }

    @Tag("ci")
    @Test
    void a_stranger_appends_to_the_log() throws Exception {
        hitAll(Fault.STRANGER_ADDS_TO_LOG, () -> redis.execute("XADD", LOG, "*", "r", "mine"));
    }

    @Test
    void redis_is_killed_and_comes_back_empty() throws Exception {
        hitAll(Fault.REDIS_KILLED_EMPTY, redis::startEmpty);
    }

    @Tag("ci")
    @Test
    void redis_is_killed_and_comes_back_with_its_append_only_file() throws Exception {
        hitAll(Fault.REDIS_KILLED_WITH_AOF, () -> {
            redis.kill();
            redis.start();
        });
    }

    // ---- Processes

    @Tag("ci")
    @Test
    void a_subscriber_is_frozen_for_five_seconds() throws Exception {
        hit(Fault.SUBSCRIBER_FROZEN, () -> {
            victim.process().freeze();
            hold(Duration.ofSeconds(5));
            // These requests wait in its sockets; they are the first that it handles when it wakes.
            Runnable judge = victim.reader().probe();
            victim.process().thaw();
            judge.run();
        });
    }

    @Tag("ci")
    @Test
    void a_subscriber_is_killed_and_started_again() throws Exception {
        hit(Fault.SUBSCRIBER_KILLED, () -> {
            victim.process().kill();
            victim.restart();
        });
    }

    @Test
    void a_publisher_is_killed_and_another_one_started() throws Exception {
        hitNobody(Fault.PUBLISHER_KILLED, () -> {
            line.publisher().kill();
            line.restartPublisher();
        });
    }

    @Test
    void everything_between_the_publisher_and_redis_vanishes() throws Exception {
        hitNobody(Fault.PUBLISHER_HALF_OPEN, () -> {
            toPublisher.blackhole();
            hold(size.faultTime());
            toPublisher.heal();
        });
    }

    // ----

    private void hit(Fault fault, FaultRun.Injection injection) throws Exception {
        FaultTable.add(new FaultRun(line, size, fault, List.of(victim), size.entries()).run(injection));
    }

    private void hitAll(Fault fault, FaultRun.Injection injection) throws Exception {
        FaultTable.add(new FaultRun(line, size, fault, line.replicas(), size.entries()).run(injection));
    }

    private void hitNobody(Fault fault, FaultRun.Injection injection) throws Exception {
        FaultTable.add(new FaultRun(line, size, fault, List.of(), size.entries()).run(injection));
    }

    private static void hold(Duration time) {
        await().pollDelay(time).atMost(LONGEST_WAIT).until(() -> true);
    }

    private void awaitEachKeyChanged(int keys) {
        long before = line.writer().acknowledgedBlocks();
        await("each key is changed")
                .atMost(LONGEST_WAIT)
                .until(() -> line.writer().acknowledgedBlocks() - before >= Writer.blocksOf(keys));
    }
}

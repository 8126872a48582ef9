package dev.freshet.resp.server;

import dev.freshet.resp.client.Forwarded;
import dev.freshet.resp.client.PortStats;
import dev.freshet.resp.local.Copies;
import dev.freshet.resp.local.KeyMap;
import dev.freshet.resp.tracking.Touches;
import dev.freshet.resp.tracking.Tracking;
import dev.freshet.service.port.TcpPort;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/** The meters of the RESP port. */
final class RespMeters {

    private static final String ANSWERED = "answered";

    private final MeterRegistry registry;
    private final PortStats stats;

    RespMeters(MeterRegistry registry) {
        this.registry = registry;
        Timer local = timer("here");
        Timer forwarded = timer("redis");
        this.stats = new PortStats(
                nanos -> local.record(nanos, TimeUnit.NANOSECONDS),
                nanos -> forwarded.record(nanos, TimeUnit.NANOSECONDS));
    }

    private Timer timer(String by) {
        return Timer.builder("freshet.resp.duration")
                .description(
                        "From a command's arrival to its answer; of those answered here, for each batch that a client sent")
                .tag(ANSWERED, by)
                .serviceLevelObjectives(
                        Duration.ofNanos(20_000),
                        Duration.ofNanos(50_000),
                        Duration.ofNanos(100_000),
                        Duration.ofNanos(250_000),
                        Duration.ofNanos(500_000),
                        Duration.ofMillis(1),
                        Duration.ofMillis(5),
                        Duration.ofMillis(25),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(1))
                .register(registry);
    }

    PortStats stats() {
        return stats;
    }

    void watch(TcpPort port, Tracking tracking, KeyMap keys) {
        commands("here", "hit", PortStats::answeredLocally);
        commands("here", "refused", PortStats::refusedCommands);
        for (Forwarded why : Forwarded.values()) {
            commands("redis", why.label(), all -> all.forwardedBecause(why));
        }
        Gauge.builder("freshet.resp.connections", port, TcpPort::connections)
                .description("Open connections of clients at the RESP port")
                .register(registry);
        closed("refused", port, TcpPort::refused);
        closed("handshake", port, TcpPort::failedHandshakes);
        closed("unreachable", stats, PortStats::closedUnreachable);
        closed("pending", stats, PortStats::closedForPending);
        counter(
                "freshet.resp.raw.connections",
                "Connections that are passed on as they are, until they close",
                stats,
                PortStats::rawConnections);
        Gauge.builder("freshet.resp.pending.commands", stats, PortStats::pendingCommands)
                .description("Commands that have no answer yet")
                .register(registry);
        watch(tracking);
        keys.regions().forEach(this::watch);
    }

    private void watch(Tracking tracking) {
        Gauge.builder("freshet.resp.tracking", tracking, one -> one.server() == null ? 0 : 1)
                .description("1 while the changes of Redis are heard; else every command is passed on")
                .register(registry);
        counter(
                "freshet.resp.tracking.losses",
                "How often the tracking connection was lost, with all copies",
                tracking,
                Tracking::losses);
        counter("freshet.resp.changes", "Changes of single keys that Redis told", tracking, Tracking::pushes);
        counter("freshet.resp.drops", "How often all copies were dropped", tracking, Tracking::drops);
        counter(
                "freshet.resp.barriers",
                "PINGs that answers waited for, because only Redis knows which keys they changed",
                tracking,
                Tracking::barriers);
        touches("touched", tracking, Touches::touched);
        touches("skipped", tracking, Touches::skipped);
        touches("refused", tracking, Touches::refused);
        Gauge.builder("freshet.resp.fills.in.flight", tracking, Tracking::fillsInFlight)
                .description("Copies that are being fetched")
                .register(registry);
        counter(
                "freshet.resp.fills.skipped",
                "Copies that were not fetched, because too many were being fetched",
                tracking,
                Tracking::fillsSkipped);
    }

    private void touches(String result, Tracking tracking, ToDoubleFunction<Touches> count) {
        FunctionCounter.builder("freshet.resp.touches", tracking.touches(), count)
                .description("Keys read from copies that Redis was told of, by result")
                .tag("result", result)
                .register(registry);
    }

    private void watch(Copies<?> copies) {
        fills(copies, "kept", Copies::filled);
        fills(copies, "overtaken", Copies::overtaken);
        fills(copies, "unsuitable", Copies::unsuitable);
    }

    private void fills(Copies<?> copies, String result, ToDoubleFunction<Copies<?>> count) {
        FunctionCounter.builder("freshet.resp.fills", copies, count)
                .description("Values fetched for copies, by what became of them")
                .tag("region", copies.region())
                .tag("result", result)
                .register(registry);
    }

    private void commands(String by, String reason, ToDoubleFunction<PortStats> count) {
        FunctionCounter.builder("freshet.resp.commands", stats, count)
                .description("Commands of clients, by who answered them and why")
                .tag(ANSWERED, by)
                .tag("reason", reason)
                .register(registry);
    }

    private <T> void closed(String reason, T of, ToDoubleFunction<T> count) {
        FunctionCounter.builder("freshet.resp.connections.closed", of, count)
                .description("Connections at the RESP port that this process closed")
                .tag("reason", reason)
                .register(registry);
    }

    private <T> void counter(String name, String description, T of, ToDoubleFunction<T> count) {
        FunctionCounter.builder(name, of, count).description(description).register(registry);
    }
}

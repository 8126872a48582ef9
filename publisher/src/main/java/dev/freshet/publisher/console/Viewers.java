package dev.freshet.publisher.console;

import dev.freshet.publisher.console.RegionSnapshot.Point;
import dev.freshet.service.rights.Caller;
import dev.freshet.service.rights.Right;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those who watch, and the thread that looks at the fleet for them: twice a second while anybody watches, and not at all otherwise. {@link #add}
 * may be called by any thread.
 */
final class Viewers {

    private static final Logger log = LoggerFactory.getLogger(Viewers.class);

    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** The thread rests for so many times what a look took: where there are many regions it looks less often. */
    private static final int REST = 3;

    /** Longer it never rests: a look that was held up once says nothing about the next. */
    private static final long MAX_REST_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long STOP_MILLIS = 2_000;

    private final FleetWatch fleet;
    private final SourceStates sources;
    private final AuditReport audit;
    private final ShownNames names;
    private final ConsoleMeters meters;
    private final int maximum;
    private final Set<Viewer> viewers = ConcurrentHashMap.newKeySet();
    private final AtomicInteger count = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread;
    private volatile boolean isStopping;

    /** How many viewers have come since the start. Written under the lock. */
    private long arrivals;

    /** How many of them there were when the last look began. The console's thread. */
    private long arrivalsSeen;

    Viewers(
            FleetWatch fleet,
            SourceStates sources,
            AuditReport audit,
            ShownNames names,
            ConsoleMeters meters,
            int maximum) {
        this.fleet = fleet;
        this.sources = sources;
        this.audit = audit;
        this.names = names;
        this.meters = meters;
        this.maximum = maximum;
        this.thread = new Thread(this::run, "freshet-console");
        thread.setDaemon(true);
        meters.watch(count::get);
    }

    void start() {
        thread.start();
    }

    /** Takes a viewer in. Returns false if there are too many, or the process stops. */
    boolean add(Viewer viewer) {
        if (isStopping || count.incrementAndGet() > maximum) {
            if (!isStopping) {
                count.decrementAndGet();
                meters.tooMany();
            }
            return false;
        }
        viewers.add(viewer);
        lock.lock();
        try {
            arrivals++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        return true;
    }

    /** Lets a viewer go whose connection is closed. */
    void remove(Viewer viewer) {
        if (viewers.remove(viewer)) {
            viewer.gone();
            count.decrementAndGet();
        }
    }

    private void wake() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends all streams and the thread. Blocks until the thread has ended, for a bounded time. */
    void stop() {
        isStopping = true;
        viewers.forEach(Viewer::end);
        wake();
        try {
            thread.join(STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- the console's thread

    private void run() {
        while (!isStopping) {
            try {
                awaitViewers();
                long beganNanos = System.nanoTime();
                look();
                rest(System.nanoTime() - beganNanos);
            } catch (InterruptedException e) {
                log.debug("nobody interrupts the console's thread");
            } catch (RuntimeException e) {
                log.error("the console failed because of a bug", e);
                meters.failed();
                restAfterBug();
            }
        }
        fleet.close();
    }

    private void awaitViewers() throws InterruptedException {
        if (!viewers.isEmpty()) {
            return;
        }
        fleet.close(); // What was counted would be old when somebody watches again.
        lock.lock();
        try {
            while (viewers.isEmpty() && !isStopping) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void rest(long tookNanos) throws InterruptedException {
        lock.lock();
        try {
            long left = restNanos(tookNanos);
            while (left > 0 && !isStopping && arrivals == arrivalsSeen) { // A new viewer does not wait.
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns how long the thread rests after a look that took so long. */
    static long restNanos(long tookNanos) {
        return Math.max(PERIOD_NANOS - tookNanos, Math.min(MAX_REST_NANOS, REST * tookNanos));
    }

    private void restAfterBug() {
        try {
            rest(PERIOD_NANOS);
        } catch (InterruptedException e) {
            log.debug("nobody interrupts the console's thread");
        }
    }

    private void look() {
        lock.lock();
        try {
            arrivalsSeen = arrivals;
        } finally {
            lock.unlock();
        }
        // Who comes meanwhile is served by the next look, which reads the log of what they show.
        List<Viewer> watching = List.copyOf(viewers);
        fleet.list();
        Map<Viewer, String> shown = shown(watching);
        if (!fleet.look(new HashSet<>(shown.values()))) {
            meters.failed();
        }
        Map<String, RegionSnapshot> snapshots = fleet.snapshots();
        long nowNanos = System.nanoTime();
        for (Viewer viewer : watching) {
            if (viewer.isOver(nowNanos)) {
                viewer.end();
                remove(viewer);
            } else if (viewer.isReady()) {
                viewer.send(batch(viewer, shown.get(viewer), snapshots));
            } else if (viewer.isSlow()) {
                meters.slow();
                viewer.drop();
                remove(viewer);
            }
        }
    }

    /** Returns which region each viewer shows, where it may see one. */
    private Map<Viewer, String> shown(List<Viewer> watching) {
        Map<Viewer, String> shown = new HashMap<>();
        for (Viewer viewer : watching) {
            String wanted = viewer.region();
            String region = wanted != null && viewer.caller().may(Right.READ, wanted)
                    ? wanted
                    : fleet.names().stream()
                            .filter(name -> viewer.caller().may(Right.READ, name))
                            .findFirst()
                            .orElse(null);
            if (region != null && fleet.names().contains(region)) {
                shown.put(viewer, region);
            }
        }
        return shown;
    }

    private Buffer batch(Viewer viewer, @Nullable String shown, Map<String, RegionSnapshot> snapshots) {
        Caller caller = viewer.caller();
        boolean isFirst = viewer.begins();
        Buffer batch = Buffer.buffer();
        Map<String, RegionSnapshot> seen = new TreeMap<>(snapshots);
        seen.keySet().removeIf(name -> !caller.may(Right.READ, name));
        JsonArray regions = new JsonArray();
        seen.values().forEach(region -> regions.add(ConsoleJson.summary(region)));
        boolean seesAll = seen.size() == snapshots.size();
        Verdict verdict = Verdict.of(seen.values(), fleet.fault(), seesAll ? sources.faults() : Map.of());
        if (seesAll) {
            verdict = audit.onto(verdict);
        }
        RegionSnapshot region = shown == null ? null : seen.get(shown);
        Viewer.event(
                batch,
                "state",
                new JsonObject()
                        .put("verdict", verdict.toJson())
                        .put("regions", regions)
                        .put("omitted", fleet.omitted())
                        .put("selected", region == null ? null : region.name())
                        .put("region", region == null ? null : detail(region, caller))
                        .put("sources", seesAll ? sources.toJson() : new JsonArray())
                        .put("audit", seesAll ? audit.toJson() : null));
        if (region != null) {
            records(batch, region, isFirst);
        }
        return batch;
    }

    private JsonObject detail(RegionSnapshot region, Caller caller) {
        List<Point> points = region.points();
        return ConsoleJson.summary(region)
                .put("showsKeys", names.areShown(region.name()))
                .put("mayPublish", caller.may(Right.PUBLISH, region.name()))
                .put("mayBroad", caller.may(Right.BROAD, region.name()))
                .put("mayForce", caller.may(Right.FORCE, region.name()))
                .put("subscribers", caller.may(Right.MEMBERS, region.name()) ? ConsoleJson.members(region) : null)
                .put("points", ConsoleJson.points(points));
    }

    private void records(Buffer batch, RegionSnapshot region, boolean isFirst) {
        LogTail tail = fleet.tail(region.name());
        LogTail.Look look = fleet.newRecords(region.name());
        if (tail == null || (look.total() == 0 && !isFirst)) {
            return;
        }
        JsonArray records = new JsonArray();
        (isFirst ? tail.kept() : new ArrayList<>(look.shown()))
                .forEach(entry -> records.add(ConsoleJson.record(region.name(), entry, names)));
        Viewer.event(
                batch,
                "records",
                new JsonObject()
                        .put("region", region.name())
                        .put("isPast", isFirst)
                        .put("total", isFirst ? records.size() : look.total())
                        .put("records", records));
    }
}

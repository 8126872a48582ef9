package dev.freshet.audit;

import dev.freshet.bus.Publisher;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Audits regions for as long as it is open. It asks through a {@link Publisher}, whose queries have a thread and connections of their
 * own: an audit never holds up an append. Safe to use from any thread.
 *
 * <pre>{@code
 * AuditTally tally = new AuditTally();
 * AuditConfig config = new AuditConfig(List.of("users"), 1, List.of(Duration.ofSeconds(1)), Map.of(), Duration.ofSeconds(2));
 * try (Auditor auditor = Auditor.start(publisher, config, tally)) {
 *     …
 *     auditor.finish(Duration.ofSeconds(30));
 * }
 * }</pre>
 */
public final class Auditor implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Auditor.class);
    private static final long TICK_MILLIS = 100;

    private final Publisher publisher;
    private final AuditConfig config;
    private final ScheduledThreadPoolExecutor thread;
    private final ScheduledExecutorService truthThread;
    private final RecordAudit records;
    private final TruthAudit truths;
    private volatile boolean isFinishing;
    private volatile boolean isIdle;
    private volatile int pending;

    private Auditor(Publisher publisher, AuditConfig config, AuditListener listener) {
        this.publisher = publisher;
        this.config = config;
        this.thread = new ScheduledThreadPoolExecutor(1, task -> daemon(task, "freshet-auditor"));
        this.truthThread = Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "freshet-auditor-truth"));
        Executor own = task -> {
            try {
                thread.execute(() -> guarded(task));
            } catch (RejectedExecutionException e) {
                log.debug("an answer came after the auditor was closed", e);
            }
        };
        this.records = new RecordAudit(publisher, config, listener, own, new Random());
        this.truths = new TruthAudit(publisher, config, listener, own, truthThread);
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** Starts to audit what is appended from now on. The publisher stays the caller's, who closes it after the auditor. */
    @SuppressWarnings("FutureReturnValueIgnored") // close ends it
    public static Auditor start(Publisher publisher, AuditConfig config, AuditListener listener) {
        Auditor auditor = new Auditor(publisher, config, listener);
        auditor.thread.scheduleWithFixedDelay(
                () -> auditor.guarded(auditor::tick), 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
        return auditor;
    }

    private void tick() {
        long nowMicros = publisher.time().nowMicros();
        if (isFinishing) {
            records.finish();
        }
        records.step(nowMicros);
        truths.step(nowMicros, !isFinishing);
        pending = records.pending();
        isIdle = isFinishing && records.isIdle() && truths.isIdle();
    }

    /** A listener or a truth of the application's must not stop the thread. */
    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            log.warn("a step of the audit failed", e);
        }
    }

    /** Returns how many records wait to be checked. */
    public int pending() {
        return pending;
    }

    /**
     * Looks at the logs a last time, and waits until what was picked is checked.
     *
     * @return false if that took longer than the timeout
     */
    public boolean finish(Duration timeout) throws InterruptedException {
        isFinishing = true;
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        while (!isIdle) {
            if (System.nanoTime() - deadlineNanos >= 0) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
        }
        return true;
    }

    /** Stops. Does not wait for answers. */
    @Override
    public void close() {
        thread.shutdownNow();
        truthThread.shutdownNow();
        config.truths().values().forEach(truth -> guarded(truth::close));
    }
}

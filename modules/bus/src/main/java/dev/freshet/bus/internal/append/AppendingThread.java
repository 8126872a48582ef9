package dev.freshet.bus.internal.append;

import dev.freshet.bus.internal.encode.AppendContext;
import dev.freshet.bus.internal.encode.Submission;
import dev.freshet.bus.internal.thread.BusThread;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread that leads unless another one does: takes what queued up, appends it, and looks after the connections. */
final class AppendingThread {

    private static final Logger LOG = LoggerFactory.getLogger(AppendingThread.class);

    /** While nothing comes, connections are looked after at this interval. */
    private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final AppendQueue queue;
    private final Appender appender;
    private final AppendNodes nodes;
    private final Refusals refusals;
    private final long commandTimeoutMillis;
    private final Thread thread;

    AppendingThread(AppendContext context, AppendQueue queue, Appender appender, Refusals refusals) {
        this.queue = queue;
        this.appender = appender;
        this.nodes = appender.nodes();
        this.refusals = refusals;
        this.commandTimeoutMillis = context.connector().commandTimeout().toMillis();
        this.thread = new BusThread(this::run, "freshet-append");
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (appender.broken() == null) {
                tend();
                List<Submission> taken = take();
                if (!taken.isEmpty() || appender.isAnyPostponed()) {
                    appender.append(taken);
                }
                if (taken.isEmpty() && queue.isClosed()) {
                    break;
                }
            }
        } catch (LinkageError e) {
            appender.broken(e);
        } finally {
            queue.close();
            appender.refuseClosed(queue.takeRest());
            appender.close();
        }
    }

    /** An interrupt wakes this thread. Only {@link #close} ends it. */
    private List<Submission> take() {
        try {
            return queue.takeAll(appender.isAnyPostponed() ? PostponedAppends.PAUSE_NANOS : IDLE_NANOS);
        } catch (InterruptedException e) {
            LOG.debug("interrupted");
            return List.of();
        }
    }

    private void tend() {
        try {
            Outage why = nodes.tend();
            if (why != null) {
                refusals.unavailable(queue.takeRest(), why, false);
            }
        } catch (LinkageError e) {
            throw e;
        } catch (RuntimeException | Error e) {
            LOG.error("the check of connections failed unexpectedly", e);
        }
    }

    /** Appends what is queued, then ends the thread. Waits for at most twice the command timeout. */
    void close() {
        queue.close();
        try {
            thread.join(commandTimeoutMillis);
            if (thread.isAlive()) {
                thread.interrupt();
                nodes.abort();
                thread.join(commandTimeoutMillis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

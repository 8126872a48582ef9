package dev.freshet.demo.stack;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Starts processes, restarts them when they end by themselves, and stops them. Reports each event in a line. Safe to use from any
 * thread; {@link #start} and {@link #close} block.
 */
public final class Supervisor implements AutoCloseable {

    /** The pause before a restart. Ctrl-C reaches all processes at once; this process needs time to receive it too. */
    private static final long REACTION_MILLIS = 250;

    /** The pause before a process that ended right after its start is restarted. */
    private static final Duration SHORT_LIFE = Duration.ofSeconds(3);

    private static final long SHORT_LIFE_PAUSE_MILLIS = 1_000;
    private static final long PROBE_MILLIS = 50;
    private static final Duration GRACE = Duration.ofSeconds(5);

    /** How often a process is started on other ports, because another process has got one of them. */
    private static final int MOVES = 5;

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread created = new Thread(work, "supervisor");
        created.setDaemon(true);
        return created;
    });
    private final DeathWatch watch;
    private final Consumer<String> events;
    private final Duration startTimeout;
    private final List<List<SupervisedProcess>> groups = new ArrayList<>();
    private volatile boolean stopping;

    private Supervisor(DeathWatch watch, Consumer<String> events, Duration startTimeout) {
        this.watch = watch;
        this.events = events;
        this.startTimeout = startTimeout;
    }

    /**
     * Creates a supervisor without processes.
     *
     * @param folder the folder to delete if this process dies without stopping its children
     * @param events receives a sentence about each event
     */
    public static Supervisor create(Path folder, Consumer<String> events, Duration startTimeout) throws IOException {
        return new Supervisor(DeathWatch.start(folder), events, startTimeout);
    }

    /**
     * Starts these processes together and waits until all are ready. If another process gets a port before one that it was chosen
     * for, that one is started on other ports.
     *
     * @param specs each returns how to run a process on ports that nobody uses then; called again for other ports, on any thread
     * @throws StartFailedException if one ends, or is not ready in time; the message names the process and its log
     */
    public List<SupervisedProcess> start(List<Supplier<ProcessSpec>> specs) {
        List<SupervisedProcess> group =
                specs.stream().map(SupervisedProcess::new).toList();
        schedule(() -> groups.add(group), 0);
        List<CompletableFuture<Void>> ready = new ArrayList<>();
        for (SupervisedProcess process : group) {
            CompletableFuture<Void> isReady = new CompletableFuture<>();
            ready.add(isReady);
            schedule(() -> launch(process, isReady), 0);
        }
        try {
            CompletableFuture.allOf(ready.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof StartFailedException failed) {
                throw failed;
            }
            throw e;
        }
        return group;
    }

    /** Returns whether every process is up. */
    public boolean isAllUp() {
        return ask(() -> groups.stream()
                .flatMap(List::stream)
                .allMatch(process -> process.state() == SupervisedProcess.State.UP));
    }

    /** Stops restarting processes from now on. */
    public void beginStopping() {
        stopping = true;
    }

    private void launch(SupervisedProcess process, CompletableFuture<Void> isReady) {
        if (stopping) {
            isReady.completeExceptionally(new StartFailedException("stopped during the start"));
            return;
        }
        try {
            Process started = process.start(System.nanoTime());
            watch.add(started.pid());
            var unused = started.onExit().thenAccept(ended -> {
                watch.remove(ended.pid());
                if (!stopping) {
                    schedule(() -> ended(process, ended, isReady), 0);
                }
            });
            probe(process, started, isReady);
        } catch (IOException e) {
            String what = "cannot start " + process.spec().name() + ": " + e.getMessage();
            if (!isReady.completeExceptionally(new StartFailedException(what))) {
                events.accept(what);
                schedule(() -> launch(process, isReady), SHORT_LIFE_PAUSE_MILLIS);
            }
        }
    }

    private void probe(SupervisedProcess process, Process started, CompletableFuture<Void> isReady) {
        long nowNanos = System.nanoTime();
        if (stopping || !started.isAlive()) {
            return;
        }
        if (process.spec().ready().isReady()) {
            process.becameReady();
            Duration away = process.cameBackAfter(System.nanoTime());
            String where = process.spec().name() + " (pid " + started.pid() + ", "
                    + process.spec().address() + ")";
            events.accept(
                    away.isZero()
                            ? where + " is up after " + seconds(process.sinceStart(System.nanoTime()))
                            : where + " is back, " + seconds(away) + " after it ended");
            isReady.complete(null);
        } else if (process.sinceStart(nowNanos).compareTo(startTimeout) > 0 && !isReady.isDone()) {
            isReady.completeExceptionally(
                    new StartFailedException(process.spec().name() + " is not ready after " + seconds(startTimeout)
                            + "; see its log " + process.spec().log()));
        } else {
            schedule(() -> probe(process, started, isReady), PROBE_MILLIS);
        }
    }

    private void ended(SupervisedProcess process, Process ended, CompletableFuture<Void> isReady) {
        String what = process.spec().name() + " (pid " + ended.pid() + ") " + how(ended.exitValue());
        List<Integer> taken = isReady.isDone() ? List.of() : process.takenPorts();
        if (!taken.isEmpty() && process.starts() <= MOVES) {
            events.accept(
                    what + ", because another process has port " + taken.get(0) + "; starting it on another port");
            startElsewhere(process, isReady);
            return;
        }
        process.ended(System.nanoTime());
        if (isReady.completeExceptionally(new StartFailedException(
                what + " before it was ready; see its log " + process.spec().log()))) {
            return;
        }
        boolean shortLife = process.sinceStart(System.nanoTime()).compareTo(SHORT_LIFE) < 0;
        schedule(
                () -> {
                    if (!stopping) {
                        events.accept(what + "; starting it again");
                        launch(process, CompletableFuture.completedFuture(null));
                    }
                },
                shortLife ? SHORT_LIFE_PAUSE_MILLIS : REACTION_MILLIS);
    }

    private void startElsewhere(SupervisedProcess process, CompletableFuture<Void> isReady) {
        try {
            process.move();
        } catch (StartFailedException e) {
            isReady.completeExceptionally(e);
            return;
        }
        launch(process, isReady);
    }

    /** Describes an exit value. Shells and Java report a signal as 128 plus its number. */
    private static String how(int exitValue) {
        return switch (exitValue) {
            case 128 + 9 -> "was killed (signal 9)";
            case 128 + 15 -> "was terminated (signal 15)";
            default -> exitValue > 128 ? "ended by signal " + (exitValue - 128) : "ended with exit code " + exitValue;
        };
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1e3);
    }

    /** Stops all processes, the last started group first. Kills a process that does not end in time. */
    @Override
    public void close() {
        beginStopping();
        List<List<SupervisedProcess>> all = ask(() -> List.copyOf(groups));
        thread.shutdownNow();
        for (int i = all.size() - 1; i >= 0; i--) {
            stop(all.get(i));
        }
        watch.close();
    }

    private void stop(List<SupervisedProcess> group) {
        group.forEach(SupervisedProcess::stop);
        long deadlineNanos = System.nanoTime() + GRACE.toNanos();
        for (SupervisedProcess supervised : group) {
            Process process = supervised.process();
            if (process != null) {
                awaitEnd(process, deadlineNanos);
                watch.remove(process.pid());
            }
        }
    }

    private static void awaitEnd(Process process, long deadlineNanos) {
        try {
            process.onExit().get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly().onExit().join();
        }
    }

    private void schedule(Runnable work, long delayMillis) {
        if (!thread.isShutdown()) {
            var unused = thread.schedule(work, delayMillis, TimeUnit.MILLISECONDS);
        }
    }

    private <T> T ask(Callable<T> question) {
        try {
            return thread.submit(question).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}

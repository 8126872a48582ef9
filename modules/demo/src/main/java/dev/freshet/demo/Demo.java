package dev.freshet.demo;

import dev.freshet.demo.check.LoadGenerator;
import dev.freshet.demo.check.LoadGenerator.Mix;
import dev.freshet.demo.check.StalenessChecker;
import dev.freshet.demo.show.Report;
import dev.freshet.demo.show.Screen;
import dev.freshet.demo.show.WriteStrategies;
import dev.freshet.demo.stack.Jars;
import dev.freshet.demo.stack.LocalStack;
import dev.freshet.demo.stack.LocalStack.Plan;
import dev.freshet.demo.stack.LocalStack.Replica;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs the demo once: starts the stack, drives the load, shows what happens, stops everything.
 *
 * <p>A signal calls {@link #interrupt} on a shutdown hook's thread while {@link #run} is running. The first of the two to reach
 * the end prints the summary and stops the stack; the other one waits for it.
 */
final class Demo {

    /** The region of the application's users. */
    private static final String REGION = "users";

    private static final int USERS_PER_TEAM = 20;

    /** How long a subscriber may serve unconfirmed entries. After that every read is a miss until it is confirmed. */
    private static final Duration BOUND = Duration.ofSeconds(2);

    /** How long processes that are down may take to come back after the load has ended. */
    private static final Duration RECOVERY = Duration.ofSeconds(20);

    /** New JVMs have compiled nothing yet. How long that takes depends on how busy this machine is. */
    private static final Duration SHORTEST_WARM_UP = Duration.ofSeconds(3);

    private static final Duration LONGEST_WARM_UP = Duration.ofSeconds(20);
    private static final int WARM_UP_WRITES = 100;
    private static final Duration WARM_UP_POLL = Duration.ofMillis(50);

    private static final Duration LIVE_INTERVAL = Duration.ofMillis(500);
    private static final Duration PLAIN_INTERVAL = Duration.ofSeconds(1);

    /**
     * The options of a run.
     *
     * @param duration null: until it is interrupted
     * @param redisUri null: the demo starts a Redis
     * @param live whether to paint a live table
     */
    record Options(
            int replicas,
            @Nullable Duration duration,
            @Nullable String redisUri,
            int readsPerSecond,
            int writesPerSecond,
            int users,
            boolean live) {}

    /** What needs the addresses of the processes, which are known once these are up. */
    private record Show(LoadGenerator load, Report report, WriteStrategies strategies) {}

    private final Options options;
    private final Screen screen;
    private final Path folder;
    private final LocalStack stack;
    private final Vertx vertx;
    private final int teams;
    private final HttpClient http;
    private final StalenessChecker checker = new StalenessChecker(BOUND);
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private @Nullable Show started;
    private boolean ended;
    private long loadStartedNanos;

    private Demo(Options options, Jars jars, Path folder, Screen screen) throws IOException {
        this.options = options;
        this.screen = screen;
        this.folder = folder;
        this.teams = Math.max(1, options.users() / USERS_PER_TEAM);
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofMillis(300))
                .build();
        this.stack = LocalStack.create(
                new Plan(jars, folder, options.replicas(), options.redisUri(), options.users(), teams, BOUND),
                http,
                screen::line);
        this.vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setUseDaemonThread(true));
    }

    /**
     * Runs the demo to its end.
     *
     * @param parentPid the process whose end also ends this one
     * @return the exit code
     */
    static int run(Options options, Jars jars, OptionalLong parentPid) throws IOException, InterruptedException {
        Screen screen = new Screen(System.out, options.live());
        Path folder = Files.createTempDirectory("freshet-demo-");
        Demo demo = new Demo(options, jars, folder, screen);
        Thread hook = new Thread(demo::interrupt, "interrupt");
        Runtime.getRuntime().addShutdownHook(hook);
        parentPid.ifPresent(Demo::endWith);
        try {
            demo.start();
            demo.watch(demo.show());
            return demo.end() ? 0 : 1;
        } finally {
            demo.end();
        }
    }

    private static void endWith(long parentPid) {
        ProcessHandle parent = ProcessHandle.of(parentPid).orElse(null);
        if (parent == null) {
            System.exit(1);
        } else {
            var unused = parent.onExit().thenRun(() -> System.exit(1));
        }
    }

    private void start() throws IOException {
        screen.line("Starting Redis, the publisher, and " + options.replicas()
                + (options.replicas() == 1 ? " replica" : " replicas")
                + " of the application with a subscriber each; logs in "
                + folder);
        stack.start();
        screen.line("");
        Replica first = stack.replicas().get(0);
        screen.line("Try:  curl -i " + first.applicationUri() + "/users/1");
        screen.line("      curl -X PUT " + first.applicationUri() + "/users/1 -d '{\"name\":\"Ada\"}'");
        screen.line("      curl -X PUT " + first.applicationUri()
                + "/mottos/1 -d '{\"motto\":\"Fresh water\"}'    (cached in Java)");
        screen.line("      curl " + first.subscriberManagementUri() + "/metrics");
        if (options.redisUri() == null) {
            screen.line("      ./freshet tail users --redis " + stack.redisUri());
        }
        screen.line("      kill -9 " + stack.subscriber(first).pid() + "    ("
                + stack.subscriber(first).spec().name() + ")");
        screen.line("");
    }

    private Show show() {
        LoadGenerator load = new LoadGenerator(
                vertx,
                stack.replicas().stream()
                        .map(replica -> replica.applicationUri().toString())
                        .toList(),
                new Mix(options.users(), teams, options.readsPerSecond(), options.writesPerSecond()),
                checker,
                new Random(),
                screen::line);
        return new Show(
                load,
                new Report(http, stack, load, checker, REGION, BOUND),
                new WriteStrategies(
                        http,
                        stack.replicas().stream().map(Replica::applicationUri).toList(),
                        options.users()));
    }

    private void watch(Show show) throws InterruptedException {
        Report report = show.report();
        synchronized (this) {
            loadStartedNanos = System.nanoTime();
            started = show;
            show.load().start();
        }
        screen.line("Warming up. The stale windows are measured once the new processes run at full speed.");
        while (!isWarm(show.load())) {
            if (interrupted.await(WARM_UP_POLL.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
        }
        // Shown after the warm-up, so that the times are those of writes and not of a new process's first calls.
        show.strategies().show().forEach(screen::line);
        report.refresh();
        report.warmedUp();
        synchronized (this) {
            loadStartedNanos = System.nanoTime();
        }
        Duration interval = options.live() ? LIVE_INTERVAL : PLAIN_INTERVAL;
        Duration limit = options.duration();
        while (interrupted.getCount() > 0) {
            Duration left = limit == null ? interval : limit.minus(elapsed());
            if (left.isZero() || left.isNegative()) {
                return;
            }
            Duration pause = left.compareTo(interval) < 0 ? left : interval;
            if (interrupted.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
            report.refresh();
            screen.status(report.table(elapsed()), report.plain(elapsed()));
        }
    }

    private boolean isWarm(LoadGenerator load) {
        Duration elapsed = elapsed();
        boolean enough = load.acknowledgedWrites() >= Math.min(WARM_UP_WRITES, options.writesPerSecond());
        return elapsed.compareTo(LONGEST_WARM_UP) >= 0 || (enough && elapsed.compareTo(SHORTEST_WARM_UP) >= 0);
    }

    /** Called when a signal ends this process. Returns when everything is stopped. */
    private void interrupt() {
        // This comes first: Ctrl-C ends the children too, and that must not count as a fault.
        stack.beginStopping();
        interrupted.countDown();
        end();
    }

    /** Ends the load, waits for recovery, prints the summary and stops the stack. Only the first call does so. */
    private synchronized boolean end() {
        if (ended) {
            return false;
        }
        ended = true;
        boolean ok = false;
        Show show = started;
        if (show != null) {
            Duration elapsed = elapsed();
            boolean allBack = interrupted.getCount() > 0 && stopLoadAndAwaitRecovery(show);
            screen.endStatus();
            show.report().summary(elapsed).forEach(screen::line);
            ok = sayResult(allBack);
        }
        stack.close();
        vertx.close();
        if (ok || interrupted.getCount() == 0) {
            deleteFolder();
        } else {
            screen.line("The logs of the processes are in " + folder);
        }
        return ok;
    }

    private boolean sayResult(boolean allBack) {
        boolean coherent = checker.staleOutsideWindow() == 0;
        screen.line("");
        if (interrupted.getCount() == 0) {
            screen.line(
                    coherent
                            ? "Interrupted: no read was stale outside the window."
                            : "Interrupted: some reads were stale outside the window.");
        } else if (coherent && allBack) {
            screen.line("OK: no read was stale outside the window, and everything is up.");
        } else {
            screen.line("FAILED: " + (coherent ? "" : "some reads were stale outside the window")
                    + (coherent || allBack ? "" : ", and ") + (allBack ? "" : "not every process came back") + ".");
        }
        return coherent && allBack;
    }

    private boolean stopLoadAndAwaitRecovery(Show show) {
        Report report = show.report();
        show.load().stop().toCompletionStage().toCompletableFuture().join();
        long deadlineNanos = System.nanoTime() + RECOVERY.toNanos();
        report.refresh();
        boolean said = false;
        while (!report.isAllWell() && System.nanoTime() - deadlineNanos < 0) {
            if (!said) {
                screen.line("The load has ended. Waiting for processes that are not up yet.");
                said = true;
            }
            try {
                if (interrupted.await(100, TimeUnit.MILLISECONDS)) {
                    return false;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
            report.refresh();
        }
        return report.isAllWell();
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - loadStartedNanos);
    }

    private void deleteFolder() {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                        throws IOException {
                    Files.delete(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            screen.line("Cannot delete " + folder + ": " + e.getMessage());
        }
    }
}

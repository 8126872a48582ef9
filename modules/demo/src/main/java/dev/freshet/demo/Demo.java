package dev.freshet.demo;

import dev.freshet.demo.fault.Fault;
import dev.freshet.demo.fault.Faults;
import dev.freshet.demo.fault.Stage;
import dev.freshet.demo.load.Member;
import dev.freshet.demo.load.Pace;
import dev.freshet.demo.load.Reports;
import dev.freshet.demo.load.Requests;
import dev.freshet.demo.load.Traffic;
import dev.freshet.demo.load.Write;
import dev.freshet.demo.show.Picture;
import dev.freshet.demo.show.Screen;
import dev.freshet.demo.show.Style;
import dev.freshet.demo.show.Terminal;
import dev.freshet.demo.show.Travel;
import dev.freshet.demo.stack.Jars;
import dev.freshet.demo.stack.LocalStack;
import java.io.IOException;
import java.net.http.HttpClient;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs the demo once: starts the stack, drives the load, plays faults, shows what happens, stops everything.
 *
 * <p>A signal calls {@link #interrupt} on a shutdown hook's thread while {@link #run} is running. The first of the two to reach
 * the end prints the summary and stops the stack; the other one waits for it.
 */
final class Demo {

    /** How long a replica may serve from an old confirmation. After that every read goes to the source until it is confirmed. */
    private static final Duration BOUND = Duration.ofSeconds(1);

    /** How long processes that are down may take to come back after the load has ended. */
    private static final Duration RECOVERY = Duration.ofSeconds(20);

    /** New JVMs have compiled nothing yet. How long that takes depends on how busy this machine is. */
    private static final Duration WARM_UP = Duration.ofSeconds(3);

    private static final int WARM_UP_WRITES = 20;
    private static final Duration LONGEST_WARM_UP = Duration.ofSeconds(20);
    private static final Duration REFRESH = Duration.ofMillis(100);
    private static final Duration CALM = Duration.ofSeconds(1);

    /**
     * The options of a run.
     *
     * @param duration null: until it is interrupted, or until the script has ended
     * @param redisUri null: the demo starts a Redis
     * @param isResp whether the replicas use a sidecar as their Redis; else Freshet is in their process
     * @param isScripted whether to play all faults
     * @param isTerminal whether to paint
     */
    record Options(
            int replicas,
            @Nullable Duration duration,
            @Nullable String redisUri,
            int readsPerSecond,
            int writesPerSecond,
            int users,
            boolean isResp,
            boolean isScripted,
            boolean isTerminal) {}

    private final Options options;
    private final Mode mode;
    private final Screen screen;
    private final Style style;
    private final RunFolder folder;
    private final HttpClient http;
    private final LocalStack stack;
    private final Pace pace;
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final AtomicBoolean isPlaying = new AtomicBoolean();
    private final Queue<Write> written = new ConcurrentLinkedQueue<>();
    private final ArrayDeque<Write> recent = new ArrayDeque<>();
    private @Nullable Show started;
    private volatile @Nullable Thread player;
    private volatile boolean isScriptOver;
    private boolean ended;
    private final AtomicInteger faultsPlayed = new AtomicInteger();
    private volatile Terminal terminal = Terminal.none();

    private Demo(Options options, Jars jars, RunFolder folder, Style style) throws IOException {
        this.options = options;
        this.mode = options.isResp() ? new RespMode() : new EmbeddedMode();
        this.pace = mode.pace();
        this.screen = new Screen(System.out, options.isTerminal(), style, () -> terminal.columns());
        this.style = style;
        this.folder = folder;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofMillis(500))
                .build();
        // One user more than the load takes, for the slow load.
        LocalStack.Plan plan =
                new LocalStack.Plan(jars, folder.path(), options.replicas(), options.users() + 1, options.redisUri());
        this.stack = LocalStack.create(plan, mode.deployment(), http, screen::line);
    }

    /**
     * Runs the demo to its end.
     *
     * @param parentPid the process whose end also ends this one
     * @return how it ended
     */
    static Verdict run(Options options, Jars jars, OptionalLong parentPid)
            throws IOException, InterruptedException, SQLException {
        Style style = Style.ofOutput(options.isTerminal());
        Demo demo = new Demo(options, jars, RunFolder.create(), style);
        Runtime.getRuntime().addShutdownHook(new Thread(demo::interrupt, "interrupt"));
        parentPid.ifPresent(Demo::endWith);
        try {
            demo.start();
            demo.watch();
            return demo.end();
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

    private void start() throws IOException, SQLException {
        screen.line("Starting " + mode.cast(options.replicas()) + "; logs in " + folder.path());
        stack.start();
        List<Member> members = stack.replicas().stream().map(Member::new).toList();
        Requests requests = new Requests(http, members, BOUND);
        Consumer<Write> watch = mode.watch(requests, members.subList(0, members.size() - 1));
        Traffic traffic = new Traffic(requests, members, options.users(), BOUND, watch.andThen(written::add));
        Stage stage = new Stage(stack, traffic, members, BOUND, options.users() + 1L);
        Show show = new Show(
                members, requests, traffic, new Faults(stage, mode.stories()), new Watched(mode, members, requests));
        screen.command("");
        mode.hints(stack).forEach(screen::command);
        screen.command("");
        if (options.isTerminal()) {
            terminal = Terminal.open(key -> pressed(show, key));
        }
        synchronized (this) {
            started = show;
            show.watched().begin();
            traffic.start(options.readsPerSecond(), options.writesPerSecond(), pace);
        }
    }

    private record Show(List<Member> members, Requests requests, Traffic traffic, Faults faults, Watched watched) {}

    private void pressed(Show show, int key) {
        if (key == 'q') {
            new Thread(() -> System.exit(130), "quit").start();
        } else {
            show.faults().all().stream()
                    .filter(fault -> fault.key() == key)
                    .forEach(fault -> play(show, List.of(fault)));
        }
    }

    /** Plays faults one after the other, unless some are being played. */
    private void play(Show show, List<Fault> faults) {
        if (!isPlaying.compareAndSet(false, true)) {
            return;
        }
        Thread thread = new Thread(
                () -> {
                    try {
                        for (Fault fault : faults) {
                            TimeUnit.NANOSECONDS.sleep(faults.size() > 1 ? CALM.toNanos() : 0);
                            screen.line("[" + fault.key() + "] " + fault.label() + " ...");
                            screen.line("    " + show.faults().play(fault));
                            faultsPlayed.incrementAndGet();
                        }
                    } catch (InterruptedException e) {
                        // The demo ends.
                    } finally {
                        isPlaying.set(false);
                        isScriptOver = true;
                    }
                },
                "faults");
        thread.setDaemon(true);
        player = thread;
        thread.start();
    }

    private void watch() throws InterruptedException {
        Show show = Objects.requireNonNull(started);
        Reports reports = new Reports(show.members(), mode.report(http));
        screen.line("Warming up. What is shown is measured once the new processes run at full speed.");
        Ticker second = new Ticker(Duration.ofSeconds(1));
        Ticker half = new Ticker(Duration.ofMillis(500));
        boolean isWarm = false;
        Write shown = null;
        while (!interrupted.await(REFRESH.toNanos(), TimeUnit.NANOSECONDS)) {
            reports.refresh();
            if (!isWarm) {
                isWarm = isWarm(show);
                if (isWarm) {
                    show.watched().begin();
                    if (options.isScripted()) {
                        play(show, show.faults().all());
                    }
                }
            }
            if (half.isDue()) {
                show.watched().measure(pace, show.traffic().isCongested());
            }
            if (!isWarm) {
                continue;
            }
            boolean isSecond = second.isDue();
            Write newest = newest();
            if (newest != null && (shown == null || isSecond)) {
                shown = newest;
            }
            String travel = shown == null ? "" : Travel.line(shown, show.members());
            if (options.isTerminal()) {
                screen.picture(Picture.draw(show.watched().scene(travel, keys(show)), terminal.columns(), style));
            } else if (isSecond) {
                screen.line(Picture.plain(show.watched().scene(travel, ""), style));
                lastTravel(show);
            }
            if (isOver(show)) {
                return;
            }
        }
    }

    /** Returns the newest write. */
    private @Nullable Write newest() {
        for (Write next = written.poll(); next != null; next = written.poll()) {
            recent.addLast(next);
            if (recent.size() > 200) {
                recent.removeFirst();
            }
        }
        return recent.peekLast();
    }

    /** Prints the newest change that has arrived everywhere. */
    private void lastTravel(Show show) {
        var newestFirst = recent.descendingIterator();
        while (newestFirst.hasNext()) {
            Write write = newestFirst.next();
            if (Travel.isComplete(write, show.members())) {
                screen.line("  " + Travel.line(write, show.members()));
                recent.clear();
                return;
            }
        }
    }

    private boolean isWarm(Show show) {
        Duration elapsed = show.watched().elapsed();
        return elapsed.compareTo(LONGEST_WARM_UP) >= 0
                || (elapsed.compareTo(WARM_UP) >= 0
                        && show.requests().writes() >= Math.min(WARM_UP_WRITES, options.writesPerSecond()));
    }

    private boolean isOver(Show show) {
        Duration limit = options.duration();
        if (limit == null) {
            return options.isScripted() && isScriptOver;
        }
        return show.watched().elapsed().compareTo(limit) >= 0 && (!options.isScripted() || isScriptOver);
    }

    private String keys(Show show) {
        if (!terminal.hasKeys()) {
            return "";
        }
        return show.faults().all().stream().map(Fault::menuItem).collect(Collectors.joining("  ")) + "  [q]uit";
    }

    /** Called when a signal ends this process. Returns when everything is stopped. */
    private void interrupt() {
        // This comes first: Ctrl-C ends the children too, and that must not count as a fault.
        stack.beginStopping();
        interrupted.countDown();
        end();
    }

    /** Ends the load, waits for recovery, prints the summary and stops the stack. Only the first call does so. */
    private synchronized Verdict end() {
        if (ended) {
            return Verdict.INTERRUPTED;
        }
        ended = true;
        Thread playing = player;
        if (playing != null) {
            playing.interrupt();
            join(playing);
        }
        Verdict verdict = Verdict.NOT_STARTED;
        Show show = started;
        if (show != null) {
            boolean isInterrupted = interrupted.getCount() == 0;
            boolean allBack = !isInterrupted && stopLoadAndAwaitRecovery(show);
            verdict = isInterrupted ? Verdict.INTERRUPTED : show.watched().verdict(allBack);
            screen.picture(List.of());
            show.watched().summary(faultsPlayed.get()).forEach(screen::line);
            screen.line(show.watched().sentence(verdict));
        }
        terminal.close();
        stack.close();
        if (verdict == Verdict.OK || interrupted.getCount() == 0) {
            folder.delete(screen::line);
        } else {
            screen.line("The logs of the processes are in " + folder.path());
        }
        if (show != null) {
            screen.line("");
            screen.line(show.watched().headline(faultsPlayed.get()));
        }
        return verdict;
    }

    private static void join(Thread thread) {
        try {
            thread.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean stopLoadAndAwaitRecovery(Show show) {
        try {
            show.traffic().stop();
            Reports reports = new Reports(show.members(), mode.report(http));
            long deadlineNanos = System.nanoTime() + RECOVERY.toNanos();
            reports.refresh();
            while (!isAllWell(show) && System.nanoTime() - deadlineNanos < 0) {
                if (interrupted.await(REFRESH.toNanos(), TimeUnit.NANOSECONDS)) {
                    return false;
                }
                reports.refresh();
            }
            return isAllWell(show);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean isAllWell(Show show) {
        return stack.isAllUp()
                && show.members().stream()
                        .allMatch(member ->
                                member.replica().isNaive() || member.state().equals("confirmed"));
    }
}

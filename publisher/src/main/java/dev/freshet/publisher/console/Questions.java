package dev.freshet.publisher.console;

import dev.freshet.bus.BusException;
import dev.freshet.bus.admin.FleetReader;
import dev.freshet.bus.admin.FleetReader.Answer;
import dev.freshet.bus.admin.FleetReader.Asked;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Questions that people ask in the console. A few threads of its own wait for the members' answers. Safe to use from any thread. */
final class Questions {

    private static final int THREADS = 4;
    private static final int MAX_WAITING = 50;
    private static final long IDLE_SECONDS = 30;
    private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long POLL_MILLIS = 20;

    /**
     * What members answered.
     *
     * @param asked whom the question went to
     * @param answers of those who answered in time
     */
    record Answered(Asked asked, List<Answer> answers) {

        Answered {
            answers = List.copyOf(answers);
        }

        /** Returns the names of those who did not answer. */
        List<String> silent() {
            return asked.asked().entrySet().stream()
                    .filter(one -> answers.stream()
                            .noneMatch(answer -> answer.memberId().equals(one.getKey())))
                    .map(Map.Entry::getValue)
                    .sorted()
                    .toList();
        }
    }

    private final Supplier<FleetReader> opener;
    private final ConsoleMeters meters;
    private final BlockingQueue<FleetReader> idle = new LinkedBlockingQueue<>(THREADS);
    private final ThreadPoolExecutor executor;

    Questions(Supplier<FleetReader> opener, ConsoleMeters meters) {
        this.opener = opener;
        this.meters = meters;
        AtomicInteger number = new AtomicInteger();
        this.executor = new ThreadPoolExecutor(
                THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MAX_WAITING), task -> {
                    Thread thread = new Thread(task, "freshet-console-question-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
    }

    /** Asks the members of a region what they hold of some selectors, and when they applied a record. */
    CompletableFuture<Answered> ask(String region, @Nullable Position position, List<Selector> selectors) {
        return run(reader -> {
            Asked asked = reader.ask(region, position, selectors);
            long deadlineNanos = System.nanoTime() + TIMEOUT_NANOS;
            List<Answer> answers = reader.answers(asked);
            while (answers.size() < asked.asked().size() && System.nanoTime() - deadlineNanos < 0) {
                pause();
                answers = reader.answers(asked);
            }
            return new Answered(asked, answers);
        });
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BusException("the publisher stops", e);
        }
    }

    /**
     * Reads something.
     *
     * @return fails with a {@link BusException} if Redis cannot be asked, or with a {@link RejectedExecutionException} if too many questions wait
     */
    <T> CompletableFuture<T> run(Function<FleetReader, T> question) {
        CompletableFuture<T> future = new CompletableFuture<>();
        try {
            executor.execute(() -> answer(question, future));
        } catch (RejectedExecutionException e) {
            meters.busy();
            future.completeExceptionally(e);
        }
        return future;
    }

    private <T> void answer(Function<FleetReader, T> question, CompletableFuture<T> future) {
        FleetReader known = idle.poll();
        FleetReader reader = known == null ? opener.get() : known;
        try {
            future.complete(question.apply(reader));
        } catch (BusException e) {
            meters.failed();
            future.completeExceptionally(e);
        } catch (RuntimeException | Error e) {
            future.completeExceptionally(e);
            throw e;
        } finally {
            if (executor.isShutdown() || !idle.offer(reader)) {
                reader.close();
            }
        }
    }

    void close() {
        executor.shutdownNow();
        for (FleetReader reader = idle.poll(); reader != null; reader = idle.poll()) {
            reader.close();
        }
    }
}

package dev.freshet.cache.behaviour;

import dev.freshet.testkit.HandClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A scheduler on a clock moved by hand: what is due runs when the test says so, on the test's thread. */
final class HandScheduler extends ScheduledThreadPoolExecutor {

    private record Task(Runnable work, long dueNanos, ScheduledFuture<?> future) {}

    private final HandClock clock;
    private final List<Task> tasks = new ArrayList<>();

    HandScheduler(HandClock clock) {
        super(0);
        this.clock = clock;
        setRemoveOnCancelPolicy(true);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable work, long delay, TimeUnit unit) {
        ScheduledFuture<?> future = super.schedule(() -> {}, 1, TimeUnit.DAYS); // only to be cancelled
        tasks.add(new Task(work, clock.nanoTime() + unit.toNanos(delay), future));
        return future;
    }

    @Override
    public void execute(Runnable work) {
        var unused = schedule(work, 0, TimeUnit.NANOSECONDS);
    }

    /** How many tasks wait for their time. */
    int pending() {
        tasks.removeIf(task -> task.future.isDone());
        return tasks.size();
    }

    /** Moves the clock, then runs what is due, and what becomes due by that. */
    void advance(Duration by) {
        clock.advance(by);
        for (int at = 0; at < tasks.size(); ) {
            Task task = tasks.get(at);
            if (task.future.isDone()) {
                tasks.remove(at);
            } else if (task.dueNanos - clock.nanoTime() <= 0) {
                tasks.remove(at);
                task.future.cancel(false);
                task.work.run();
                at = 0;
            } else {
                at++;
            }
        }
    }
}

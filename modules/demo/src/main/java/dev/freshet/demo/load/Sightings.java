package dev.freshet.demo.load;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Measures when each replica shows a write: it reads the user through the replica again and again until it does. For replicas that do not
 * report what they evict. The time includes that of the read that shows it. A replica that a fault holds is asked afterwards. Safe to use
 * from any thread.
 */
public final class Sightings {

    private static final long PAUSE_MILLIS = 1;
    private static final long PAUSE_AFTER_FAILURE_MILLIS = 20;
    private static final long GIVE_UP_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** If more writes wait for one replica, the next ones are not measured there. */
    private static final int MAXIMUM_WAITING = 1_000;

    private record Awaited(Write write, long acknowledgedNanos) {}

    private record Watch(Member member, BlockingQueue<Awaited> waiting) {}

    private final Requests requests;
    private final List<Watch> watches;

    /** @param members the replicas to ask */
    public Sightings(Requests requests, List<Member> members) {
        this.requests = requests;
        this.watches = members.stream()
                .map(member -> new Watch(member, new ArrayBlockingQueue<>(MAXIMUM_WAITING)))
                .toList();
        for (Watch watch : watches) {
            Thread thread = new Thread(
                    () -> follow(watch), "sightings-" + watch.member().replica().name());
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Begins to look for a write that has just been acknowledged. Returns at once. */
    public void watch(Write write) {
        Awaited awaited = new Awaited(write, System.nanoTime());
        watches.forEach(watch -> {
            var unused = watch.waiting().offer(awaited);
        });
    }

    private void follow(Watch watch) {
        try {
            while (!requests.isStopping()) {
                await(watch.member(), watch.waiting().take());
            }
        } catch (InterruptedException e) {
            // The demo ends.
        }
    }

    private void await(Member member, Awaited awaited) throws InterruptedException {
        Write write = awaited.write();
        while (!requests.isStopping() && System.nanoTime() - awaited.acknowledgedNanos() < GIVE_UP_NANOS) {
            Answer answer =
                    member.canAnswer() ? requests.read(member, write.user(), 0).join() : Answer.NONE;
            if (answer.version() >= write.number()) {
                long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - awaited.acknowledgedNanos());
                member.applied(new Member.Applied(write.history(), write.number(), micros, Member.How.LIVE));
                return;
            }
            TimeUnit.MILLISECONDS.sleep(answer.isThere() ? PAUSE_MILLIS : PAUSE_AFTER_FAILURE_MILLIS);
        }
    }
}

package dev.freshet.demo.load;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Measures when each replica shows a write: it reads the user through the replica again and again until it does. For replicas that do not
 * report what they evict. The time includes that of the read that shows it. Of a replica that did not answer meanwhile, the time says
 * nothing about stale answers: one such write is reported as late, the others are not. Safe to use from any thread.
 */
public final class Sightings {

    private static final long PAUSE_MILLIS = 1;
    private static final long PAUSE_AFTER_SILENCE_MILLIS = 20;
    private static final long GIVE_UP_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** If more writes wait for one replica, the next ones are not measured there. */
    private static final int MAXIMUM_WAITING = 1_000;

    private record Awaited(Write write, long acknowledgedNanos) {}

    private final Requests requests;
    private final List<Follower> followers;

    /** @param members the replicas to ask */
    public Sightings(Requests requests, List<Member> members) {
        this.requests = requests;
        this.followers = members.stream().map(Follower::new).toList();
        followers.forEach(follower -> {
            Thread thread = new Thread(follower, "sightings");
            thread.setDaemon(true);
            thread.start();
        });
    }

    /** Begins to look for a write that has just been acknowledged. Returns at once. */
    public void watch(Write write) {
        Awaited awaited = new Awaited(write, System.nanoTime());
        followers.forEach(follower -> {
            var unused = follower.waiting.offer(awaited);
        });
    }

    /** Looks for the writes at one replica, one after the other. */
    private final class Follower implements Runnable {

        private final Member member;
        private final BlockingQueue<Awaited> waiting = new ArrayBlockingQueue<>(MAXIMUM_WAITING);
        private long silentNanos = System.nanoTime();

        Follower(Member member) {
            this.member = member;
        }

        @Override
        public void run() {
            try {
                while (!requests.isStopping()) {
                    await(waiting.take());
                }
            } catch (InterruptedException e) {
                // The demo ends.
            }
        }

        private void await(Awaited awaited) throws InterruptedException {
            Write write = awaited.write();
            long begunNanos = System.nanoTime();
            while (!requests.isStopping() && System.nanoTime() - begunNanos < GIVE_UP_NANOS) {
                Answer answer = member.canAnswer()
                        ? requests.read(member, write.user(), 0).join()
                        : Answer.NONE;
                long nowNanos = System.nanoTime();
                if (!answer.isThere()) {
                    silentNanos = nowNanos;
                    TimeUnit.MILLISECONDS.sleep(PAUSE_AFTER_SILENCE_MILLIS);
                } else if (answer.version() < write.number()) {
                    TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
                } else {
                    seen(write, awaited.acknowledgedNanos(), nowNanos);
                    return;
                }
            }
        }

        private void seen(Write write, long acknowledgedNanos, long nowNanos) {
            boolean wasSilent = silentNanos - acknowledgedNanos > 0;
            member.applied(new Member.Applied(
                    write.history(),
                    write.number(),
                    TimeUnit.NANOSECONDS.toMicros(nowNanos - acknowledgedNanos),
                    wasSilent ? Member.How.LATE : Member.How.LIVE));
            waiting.removeIf(awaited -> silentNanos - awaited.acknowledgedNanos() > 0);
        }
    }
}

package dev.freshet.proofs.resp;

import dev.freshet.proofs.resp.Loops.Loop;
import dev.freshet.resp.protocol.ReplyScanner;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** A connection from the subscriber to Redis. What is on its way waits until a step lets it arrive. */
final class Link {

    /** What Redis told, and the last state of the key at that moment. */
    private record Told(@Nullable String key, int state) {}

    final Pipe pipe;
    final boolean isTracking;
    private final RespWorld world;
    private final TrackedRedis.Connection connection;
    private final Deque<Told> told = new ArrayDeque<>();
    private final Deque<Told> handled = new ArrayDeque<>();
    private final ReplyScanner scanner = new ReplyScanner();
    private Buffer toRedis = Buffer.buffer();
    private boolean isSevered;

    /** Nothing arrives at Redis until then. */
    long sendsNothingUntilMicros;

    /** Nothing arrives from Redis until then. */
    long hearsNothingUntilMicros;

    Link(RespWorld world, Loop loop, TrackedRedis server) {
        this.world = world;
        this.isTracking = loop == world.trackerLoop;
        this.pipe = new Pipe(loop, bytes -> toRedis.appendBytes(bytes), this::closed);
        this.connection = server.connect(this::answered);
        if (isTracking) {
            pipe.observe(this::arriving, this::applied);
        }
    }

    TrackedRedis server() {
        return connection.server();
    }

    boolean is(TrackedRedis.Connection other) {
        return connection == other;
    }

    private void answered(byte[] bytes) {
        if (!isSevered) {
            pipe.send(bytes);
        }
    }

    private void closed() {
        connection.close();
        isSevered = true;
        world.closed(this);
    }

    /** Redis ends the connection, or vanishes. */
    void sever(boolean losesWhatIsUnderWay, boolean isSilent) {
        connection.close();
        isSevered = true;
        if (losesWhatIsUnderWay) {
            pipe.lose();
        }
        if (!isSilent) {
            pipe.end();
        }
    }

    boolean hasForRedis() {
        return toRedis.length() > 0 && !isSevered && world.nowMicros() >= sendsNothingUntilMicros;
    }

    boolean hasForSubscriber() {
        return pipe.hasArriving() && world.nowMicros() >= hearsNothingUntilMicros;
    }

    void deliverToRedis(int atMost) {
        int bytes = Math.min(atMost, toRedis.length());
        byte[] some = toRedis.getBytes(0, bytes);
        toRedis = toRedis.getBuffer(bytes, toRedis.length());
        connection.arrived(some);
    }

    // ---- What is heard of changes

    void told(@Nullable String key) {
        told.addLast(new Told(key, key == null ? 0 : world.truth.lastIndex(key)));
    }

    /** Finds the messages that are about to be handled. */
    private void arriving(byte[] bytes) {
        int at = 0;
        try {
            while (at < bytes.length) {
                at = scanner.scan(bytes, at, bytes.length);
                if (scanner.isComplete() && scanner.begins(">2")) {
                    handled.addLast(told.removeFirst());
                }
            }
        } catch (ReplyScanner.MalformedReplyException e) {
            throw new IllegalStateException(e);
        }
    }

    private void applied() {
        for (Told one = handled.pollFirst(); one != null; one = handled.pollFirst()) {
            world.heard(one.key, one.state);
        }
    }
}

package dev.freshet.proofs.simulation;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One subscribed connection: what the server has sent and the subscriber has not read yet, in order. */
final class Wire {

    /** @param disruptions how many there had been when it was sent */
    record Message(String channel, byte[] payload, long disruptions) {}

    /** So much waits for a subscriber before the server closes its connection. */
    private static final int OUTPUT_BUFFER_MESSAGES = 40;

    final RedisModel server;
    private final Set<String> channels;
    private final Deque<Message> underWay = new ArrayDeque<>();

    /** Nothing more comes from the server, because it closed the connection or is gone. */
    private boolean isSevered;

    /** The subscriber is not told of that, as where a machine vanished. */
    private boolean isSilent;

    /** Records do not get here any more, though the subscriber's own messages do. */
    boolean losesRecords;

    /** Records get here twice. */
    boolean repeatsRecords;

    Wire(RedisModel server, Set<String> channels) {
        this.server = server;
        this.channels = channels;
    }

    boolean listensTo(String channel) {
        return channels.contains(channel);
    }

    void send(String channel, byte[] payload) {
        if (isSevered || (losesRecords && !channel.contains(":member:"))) {
            return;
        }
        if (underWay.size() >= OUTPUT_BUFFER_MESSAGES) {
            sever(false, 0);
            return;
        }
        underWay.addLast(new Message(channel, payload, server.disruptions()));
        if (repeatsRecords && !channel.contains(":member:")) {
            underWay.addLast(new Message(channel, payload, server.disruptions()));
        }
    }

    /** Ends the connection on the server's side; as many of the last messages are lost on the way. */
    void sever(boolean silently, int lost) {
        isSevered = true;
        isSilent = silently;
        for (int i = 0; i < lost; i++) {
            underWay.pollLast();
        }
        server.unsubscribe(this);
    }

    @Nullable
    Message receive() {
        return underWay.pollFirst();
    }

    /** Whether the subscriber has read everything and now reads the end of the stream. */
    boolean hasEnded() {
        return isSevered && !isSilent && underWay.isEmpty();
    }
}

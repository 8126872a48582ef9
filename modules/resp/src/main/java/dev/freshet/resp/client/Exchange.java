package dev.freshet.resp.client;

import dev.freshet.resp.commands.Handling;
import dev.freshet.resp.local.Copies;
import dev.freshet.resp.tracking.Question;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A command that has no answer yet, and what is to be done when the answer comes. One event loop. */
final class Exchange {

    /** A key that the command may have changed. */
    record Changed(Copies<?> copies, String key) {}

    /** Whose command it is. */
    enum Origin {
        /** The client's; Redis answers it. */
        CLIENT,
        /** The client's; the answer is here already, and waits for its turn. */
        LOCAL,
        /** This process asks who the client is. */
        PROBE,
        /** This process asks which server answers. */
        SERVER,
        /** This process asks for a sign that all messages before it have been passed on. */
        MARK
    }

    final Origin origin;
    final Handling handling;
    final long sentNanos;

    @Nullable
    Buffer local;

    /** Whether the answer becomes the first part of a larger one. */
    boolean isWrapped;

    /** What AUTH and HELLO say, SELECT's database, or -1. */
    int database = -1;

    boolean namesUser;

    @Nullable
    List<Changed> changed;

    /** What is to be kept if the answer is not too large. */
    @Nullable
    Question question;

    long answerBytes;

    private Exchange(Origin origin, Handling handling, long sentNanos, @Nullable Buffer local) {
        this.origin = origin;
        this.handling = handling;
        this.sentNanos = sentNanos;
        this.local = local;
    }

    static Exchange of(Handling handling, long sentNanos) {
        return new Exchange(Origin.CLIENT, handling, sentNanos, null);
    }

    static Exchange local(Buffer answer) {
        return new Exchange(Origin.LOCAL, Handling.READ, 0, answer);
    }

    /** An answer of this process that comes later. Nothing may be passed on behind it before it does. */
    static Exchange promised() {
        return new Exchange(Origin.LOCAL, Handling.PASS, 0, null);
    }

    static Exchange own(Origin origin) {
        return new Exchange(origin, Handling.PASS, 0, null);
    }

    void changes(Copies<?> copies, String key) {
        List<Changed> known = changed;
        if (known == null) {
            known = new ArrayList<>(1);
            changed = known;
        }
        known.add(new Changed(copies, key));
    }

    /** Returns whether what comes behind it may be answered before it is. */
    boolean letsPass() {
        return handling == Handling.READ;
    }

    boolean isOwn() {
        return origin != Origin.CLIENT && origin != Origin.LOCAL;
    }
}

package dev.freshet.proofs.resp;

import dev.freshet.proofs.mutation.Breach;
import dev.freshet.proofs.resp.Loops.Loop;
import dev.freshet.resp.client.ClientConnection;
import dev.freshet.resp.protocol.Replies;
import dev.freshet.resp.protocol.Reply;
import dev.freshet.resp.protocol.ReplyScanner;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A program that uses the port. It checks each answer against what was true, and what it and others were told. */
final class RespClient {

    /** A command without an answer. */
    private static final class Sent {
        final List<String> arguments;
        final int losses;
        final Map<String, Integer> least = new HashMap<>();

        /** Of EXEC, the commands before it. */
        List<List<String>> transaction = List.of();

        /** Whether EXEC answers it. */
        boolean isQueued;

        @Nullable
        Supplier<@Nullable String> expected;

        /** When it had arrived at the subscriber; no answer from there was made before. */
        long arrivedMicros = Long.MAX_VALUE;

        Sent(List<String> arguments, int losses) {
            this.arguments = arguments;
            this.losses = losses;
        }
    }

    private final RespWorld world;
    private final Loop loop;
    private final String name;
    private final Deque<Sent> waiting = new ArrayDeque<>();
    private final Map<String, Integer> own = new HashMap<>();
    private ReplyScanner scanner = new ReplyScanner();
    private Buffer partial = Buffer.buffer();
    private Pipe pipe;
    private int answers;
    private boolean isConnected;

    RespClient(RespWorld world, Loop loop, String name) {
        this.world = world;
        this.loop = loop;
        this.name = name;
        this.pipe = connect();
    }

    private Pipe connect() {
        Pipe[] made = new Pipe[1];
        Pipe fresh = new Pipe(loop, bytes -> arrived(made[0], bytes), () -> lost(made[0]));
        made[0] = fresh;
        fresh.observe(this::arrives, () -> {});
        pipe = fresh;
        isConnected = true;
        world.clientPipes.add(fresh);
        loop.run(() -> new ClientConnection(world.port, loop.context, fresh.socket, () -> {}).start());
        return fresh;
    }

    private void lost(Pipe which) {
        if (which.isClosed()) {
            world.clientPipes.remove(which);
        }
        if (which != pipe) {
            return;
        }
        isConnected = false;
        waiting.clear();
        own.clear();
        inFlight.clear();
        arrivedOfFirst = 0;
        scanner = new ReplyScanner();
        partial = Buffer.buffer();
        loop.add(() -> {
            if (pipe == which) {
                connect();
            }
        });
    }

    /** It closes its connection, and makes another. */
    void reconnect() {
        Pipe old = pipe;
        old.end();
        old.lose();
        lost(old);
    }

    Pipe pipe() {
        return pipe;
    }

    int answers() {
        return answers;
    }

    boolean isIdle() {
        return waiting.isEmpty();
    }

    // ---- Sending

    private record InFlight(Sent sent, int bytes) {}

    private final Deque<InFlight> inFlight = new ArrayDeque<>();
    private int arrivedOfFirst;

    void send(String... arguments) {
        if (isConnected) {
            sends(arguments);
        }
    }

    /** Sends commands as a transaction. */
    void sendTransaction(List<List<String>> commands) {
        if (!isConnected) {
            return;
        }
        sends("MULTI").isQueued = true;
        commands.forEach(command -> sends(command.toArray(String[]::new)).isQueued = true);
        sends("EXEC").transaction = commands;
    }

    private Sent sends(String... arguments) {
        world.say(name + " sends " + String.join(" ", arguments));
        Sent sent = new Sent(List.of(arguments), world.losses());
        for (String key : RespHistory.KEYS) {
            sent.least.put(key, world.leastAnswered(key));
        }
        waiting.addLast(sent);
        byte[] bytes = Replies.command(Buffer.buffer(), arguments).getBytes();
        inFlight.addLast(new InFlight(sent, bytes.length));
        pipe.send(bytes);
        return sent;
    }

    private void arrives(byte[] bytes) {
        arrivedOfFirst += bytes.length;
        while (!inFlight.isEmpty() && arrivedOfFirst >= inFlight.getFirst().bytes) {
            InFlight first = inFlight.removeFirst();
            arrivedOfFirst -= first.bytes;
            first.sent.arrivedMicros = world.nowMicros();
        }
    }

    // ---- Answers

    private void arrived(Pipe from, byte[] bytes) {
        if (from != pipe || !isConnected) {
            return;
        }
        int at = 0;
        try {
            while (at < bytes.length) {
                int to = scanner.scan(bytes, at, bytes.length);
                partial.appendBytes(bytes, at, to - at);
                at = to;
                if (scanner.isComplete()) {
                    Reply reply = Reply.parse(partial.getBytes(), 0);
                    partial = Buffer.buffer();
                    answered(reply);
                }
            }
        } catch (ReplyScanner.MalformedReplyException e) {
            throw new Breach(name + " gets an answer that is none: " + e.getMessage());
        }
    }

    private void answered(Reply reply) {
        Sent sent = waiting.pollFirst();
        if (sent == null) {
            throw new Breach(name + " gets an answer that it did not ask for: " + reply);
        }
        answers++;
        if (reply instanceof Reply.Fault || sent.losses != world.losses()) {
            return;
        }
        Supplier<@Nullable String> expected = sent.expected;
        if (expected != null && !Objects.equals(expected.get(), text(reply))) {
            throw new Breach(name + " reads " + text(reply) + " when all has settled, but there is " + expected.get());
        }
        check(sent, reply);
    }

    private void check(Sent sent, Reply reply) {
        if (sent.isQueued) {
            return;
        }
        List<Reply> replies = reply.items();
        for (int i = 0; i < sent.transaction.size() && i < replies.size(); i++) {
            if (!(replies.get(i) instanceof Reply.Fault)) {
                List<String> arguments = sent.transaction.get(i);
                checkOne(arguments.get(0), arguments, replies.get(i), sent);
            }
        }
        checkOne(sent.arguments.get(0), sent.arguments, reply, sent);
    }

    private void checkOne(String command, List<String> arguments, Reply reply, Sent sent) {
        switch (command) {
            case "GET" -> read(arguments.get(1), text(reply), sent);
            case "FRESHET.GET" -> {
                List<Reply> parts = reply.items();
                String value = text(parts.get(0));
                read(arguments.get(1), value, sent);
                if (parts.get(1).text().equals("confirmed") && parts.get(2) instanceof Reply.Int age) {
                    claimed(arguments.get(1), value, age.value());
                }
            }
            case "MGET" -> {
                List<Reply> values = reply.items();
                for (int i = 0; i < values.size(); i++) {
                    String value = text(values.get(i));
                    if (value != null) { // else it may be of another type
                        read(arguments.get(i + 1), value, sent);
                    }
                }
            }
            case "EXISTS" -> exists(arguments.get(1), reply instanceof Reply.Int one && one.value() == 1, sent);
            case "PTTL" -> exists(arguments.get(1), !(reply instanceof Reply.Int one) || one.value() != -2, sent);
            case "SET", "RPUSH" -> wrote(arguments.get(1), stateOf(arguments.get(1), arguments.get(2)));
            case "EVAL" -> wrote(arguments.get(3), stateOf(arguments.get(3), arguments.get(4)));
            case "DEL" -> {
                if (reply instanceof Reply.Int one && one.value() == 1) {
                    wrote(arguments.get(1), world.truth.firstAbsenceSince(arguments.get(1), sent.arrivedMicros));
                }
            }
            case "FLUSHDB" -> world.truth.firstFlushSince(sent.arrivedMicros).forEach(this::wrote);
            default -> {}
        }
    }

    /** Reads a key, whose value does not change any more. */
    void expect(String key, @Nullable String value) {
        if (isConnected) {
            sends("GET", key).expected = () -> value;
        }
    }

    private static @Nullable String text(Reply reply) {
        return reply instanceof Reply.Text ? reply.text() : null;
    }

    private int stateOf(String key, String value) {
        return world.truth.indexOf(key, value);
    }

    private void wrote(String key, int state) {
        if (state > 0) {
            own.merge(key, state, Math::max);
            world.answered(key, state);
        }
    }

    private void read(String key, @Nullable String value, Sent sent) {
        int state = world.truth.indexOf(key, value);
        if (state < 0) {
            throw new Breach(name + " reads " + value + " of " + key + ", which it never was");
        }
        check(key, state, String.valueOf(value), sent);
    }

    /** The key existed, or did not, in a state that may be read. */
    private void exists(String key, boolean exists, Sent sent) {
        int state = exists ? world.truth.lastIndexThatExists(key) : world.truth.indexOf(key, null);
        if (state < 0) {
            throw new Breach(name + " is told that " + key + " exists, which it never did");
        }
        check(key, state, exists ? "something" : "nothing", sent);
    }

    private void check(String key, int state, String value, Sent sent) {
        int least = Math.max(sent.least.getOrDefault(key, 0), own.getOrDefault(key, 0));
        if (state < least) {
            throw new Breach(name + " reads " + value + " of " + key + ", state " + state
                    + ", though a client here was answered for state " + least);
        }
        world.checkAge(key, state, value, Math.min(sent.arrivedMicros, world.nowMicros()) - RespWorld.BOUND_MICROS);
    }

    private void claimed(String key, @Nullable String value, long ageMillis) {
        world.checkAge(key, world.truth.indexOf(key, value), value, world.nowMicros() - ageMillis * 1_000);
    }
}

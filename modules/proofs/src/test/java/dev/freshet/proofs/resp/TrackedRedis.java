package dev.freshet.proofs.resp;

import dev.freshet.resp.protocol.Command;
import dev.freshet.resp.protocol.CommandReader;
import dev.freshet.resp.protocol.Replies;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A model of Redis: a few commands, expiry, and tracking in default mode, with its answers and messages as bytes in order. */
final class TrackedRedis {

    /** Hears each change of a key, and what is told because of it. */
    interface Listener {
        void changed(String key, @Nullable String value, long expireAtMillis);

        void flushed();

        /**
         * Redis tells a connection that something changed.
         *
         * @param key null: all keys
         */
        void told(Connection connection, @Nullable String key);
    }

    private static final String WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
    private static final String OK = "+OK\r\n";

    /** @param items of a list, of which only the last is kept; 0: it is a string */
    private record Entry(String value, int items, long expireAtMillis) {
        boolean isList() {
            return items > 0;
        }

        Entry until(long millis) {
            return new Entry(value, items, millis);
        }
    }

    /** A connection of a client. */
    final class Connection {
        private final Consumer<byte[]> out;
        private final CommandReader reader = new CommandReader();
        private final List<Buffer> pending = new ArrayList<>();
        private boolean isResp3;
        private boolean isTracking;
        private @Nullable List<List<String>> queued;

        private Connection(Consumer<byte[]> out) {
            this.out = out;
        }

        TrackedRedis server() {
            return TrackedRedis.this;
        }

        /** Executes the commands that have arrived. */
        void arrived(byte[] bytes) {
            reader.add(bytes);
            while (reader.read() == CommandReader.Read.COMMAND) {
                Command command = reader.command();
                List<String> arguments = new ArrayList<>();
                for (int i = 0; i < command.arguments(); i++) {
                    arguments.add(Objects.requireNonNull(command.utf8(i)));
                }
                executes(this, arguments);
            }
        }

        void close() {
            connections.remove(this);
            tracked.values().forEach(holders -> holders.remove(this));
        }
    }

    final String runId;
    final String replicationId;
    private final LongSupplier nowMicros;
    private final Listener listener;
    private final boolean tellsAfterAnswer;
    private final Map<String, Entry> data = new LinkedHashMap<>();
    private final Map<String, Set<Connection>> tracked = new HashMap<>();
    private final Set<Connection> connections = new LinkedHashSet<>();
    private @Nullable Connection executing;
    private boolean isMaster = true;

    /** @param tellsAfterAnswer whether what a command changes is told to its own connection behind its answer: from 7.0 on */
    TrackedRedis(
            String runId, String replicationId, boolean tellsAfterAnswer, LongSupplier nowMicros, Listener listener) {
        this.runId = runId;
        this.replicationId = replicationId;
        this.tellsAfterAnswer = tellsAfterAnswer;
        this.nowMicros = nowMicros;
        this.listener = listener;
    }

    Connection connect(Consumer<byte[]> out) {
        Connection connection = new Connection(out);
        connections.add(connection);
        return connection;
    }

    /** Takes over another server's data, and tells nobody: it just started. */
    void load(TrackedRedis from) {
        data.putAll(from.data);
    }

    /** It is a replica from now on, and refuses writes. */
    void demote() {
        isMaster = false;
    }

    /** Returns what a key holds; null: nothing. Expired keys count until something removes them. */
    @Nullable
    String peek(String key) {
        Entry entry = data.get(key);
        return entry == null ? null : entry.value;
    }

    long expiryOf(String key) {
        Entry entry = data.get(key);
        return entry == null ? Truth.NEVER_EXPIRES : entry.expireAtMillis;
    }

    /** A client elsewhere sends a command. */
    void execute(String... arguments) {
        executes(new Connection(ignored -> {}), List.of(arguments));
    }

    /** Removes what has expired, as Redis does from time to time. */
    void expire() {
        for (String key : List.copyOf(data.keySet())) {
            lookup(key);
        }
    }

    /** Removes a key, because memory is full. */
    void evict(String key) {
        remove(key);
    }

    private long nowMillis() {
        return Math.floorDiv(nowMicros.getAsLong(), 1_000);
    }

    private void executes(Connection by, List<String> arguments) {
        executing = by;
        Buffer answer = Buffer.buffer();
        String name = arguments.get(0).toUpperCase(java.util.Locale.ROOT);
        List<List<String>> queued = by.queued;
        if (name.equals("MULTI")) {
            by.queued = new ArrayList<>();
            answer.appendString(OK);
        } else if (queued != null && name.equals("EXEC")) {
            by.queued = null;
            Replies.array(answer, queued.size());
            queued.forEach(one -> answer(by, one, answer));
        } else if (queued != null) {
            queued.add(arguments);
            answer.appendString("+QUEUED\r\n");
        } else {
            answer(by, arguments, answer);
        }
        executing = null;
        by.out.accept(answer.getBytes());
        by.pending.forEach(told -> by.out.accept(told.getBytes()));
        by.pending.clear();
    }

    private void answer(Connection by, List<String> arguments, Buffer to) {
        String name = arguments.get(0).toUpperCase(java.util.Locale.ROOT);
        ModelledCommand command = ModelledCommand.find(name);
        if (command != null && command.isWrite() && !isMaster) {
            to.appendString("-READONLY You can't write against a read only replica.\r\n");
            return;
        }
        switch (name) {
            case "GET" -> string(arguments.get(1), to, by.isResp3);
            case "GETRANGE" -> range(arguments.get(1), Integer.parseInt(arguments.get(3)), to);
            case "STRLEN" -> {
                Entry entry = lookup(arguments.get(1));
                if (entry != null && entry.isList()) {
                    to.appendString(WRONG_TYPE);
                } else {
                    Replies.integer(to, entry == null ? 0 : entry.value.length());
                }
            }
            case "MGET" -> {
                Replies.array(to, arguments.size() - 1);
                for (String key : arguments.subList(1, arguments.size())) {
                    Entry entry = lookup(key);
                    value(entry == null || entry.isList() ? null : entry.value, to, by.isResp3);
                }
            }
            case "EXISTS" ->
                Replies.integer(
                        to,
                        arguments.subList(1, arguments.size()).stream()
                                .filter(key -> lookup(key) != null)
                                .count());
            case "PTTL" -> Replies.integer(to, remaining(arguments.get(1)));
            case "SET" -> {
                long life = arguments.size() > 4 ? Long.parseLong(arguments.get(4)) : 0;
                put(arguments.get(1), new Entry(arguments.get(2), 0, expiry(life)));
                to.appendString(OK);
            }
            case "EVAL" -> {
                put(arguments.get(3), new Entry(arguments.get(4), 0, Truth.NEVER_EXPIRES));
                to.appendString(OK);
            }
            case "RPUSH" -> {
                Entry old = lookup(arguments.get(1));
                if (old != null && !old.isList()) {
                    to.appendString(WRONG_TYPE);
                } else {
                    long until = old == null ? Truth.NEVER_EXPIRES : old.expireAtMillis;
                    int items = old == null ? 1 : old.items + 1;
                    put(arguments.get(1), new Entry(arguments.get(2), items, until));
                    Replies.integer(to, items);
                }
            }
            case "DEL" ->
                Replies.integer(
                        to,
                        arguments.subList(1, arguments.size()).stream()
                                .filter(key -> lookup(key) != null && remove(key))
                                .count());
            case "PEXPIRE" -> expires(arguments.get(1), expiry(Long.parseLong(arguments.get(2))), to);
            case "PERSIST" -> expires(arguments.get(1), Truth.NEVER_EXPIRES, to);
            case "RENAME" -> rename(arguments.get(1), arguments.get(2), to);
            case "FLUSHDB" -> {
                flush();
                to.appendString(OK);
            }
            default -> connection(by, name, arguments, to);
        }
        if (by.isTracking && command != null && command.reads()) {
            for (String key : command.keys(arguments)) {
                tracked.computeIfAbsent(key, absent -> new LinkedHashSet<>()).add(by);
            }
        }
    }

    private void connection(Connection by, String name, List<String> arguments, Buffer to) {
        switch (name) {
            case "PING" -> to.appendString("+PONG\r\n");
            case "HELLO" -> {
                by.isResp3 = true;
                to.appendString("%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n");
            }
            case "CLIENT" -> client(by, arguments, to);
            case "INFO" ->
                Replies.string(
                        to,
                        arguments.get(1).equals("server")
                                ? "redis_mode:standalone\r\nrun_id:" + runId + "\r\n"
                                : "role:" + (isMaster ? "master" : "slave") + "\r\nmaster_replid:" + replicationId
                                        + "\r\n");
            case "COMMAND" -> ModelledCommand.describe(to);
            case "SUBSCRIBE" -> {
                to.appendString(">3\r\n");
                Replies.string(to, "subscribe");
                Replies.string(to, arguments.get(1));
                Replies.integer(to, 1);
            }
            default -> to.appendString("-ERR unknown command '" + name + "'\r\n");
        }
    }

    private static void client(Connection by, List<String> arguments, Buffer to) {
        switch (arguments.get(1)) {
            case "INFO" -> Replies.string(to, "id=1 name= db=0 user=default resp=" + (by.isResp3 ? 3 : 2) + "\n");
            case "TRACKING" -> {
                by.isTracking = true;
                to.appendString(OK);
            }
            default -> to.appendString(OK);
        }
    }

    private void string(String key, Buffer to, boolean isResp3) {
        Entry entry = lookup(key);
        if (entry != null && entry.isList()) {
            to.appendString(WRONG_TYPE);
        } else {
            value(entry == null ? null : entry.value, to, isResp3);
        }
    }

    private static void value(@Nullable String value, Buffer to, boolean isResp3) {
        if (value == null) {
            Replies.none(to, isResp3);
        } else {
            Replies.string(to, value);
        }
    }

    private void range(String key, int last, Buffer to) {
        Entry entry = lookup(key);
        if (entry != null && entry.isList()) {
            to.appendString(WRONG_TYPE);
        } else {
            String value = entry == null ? "" : entry.value;
            Replies.string(to, value.substring(0, Math.min(value.length(), last + 1)));
        }
    }

    private long remaining(String key) {
        Entry entry = lookup(key);
        if (entry == null) {
            return -2;
        }
        return entry.expireAtMillis == Truth.NEVER_EXPIRES ? -1 : Math.max(0, entry.expireAtMillis - nowMillis());
    }

    private long expiry(long lifeMillis) {
        return lifeMillis == 0 ? Truth.NEVER_EXPIRES : nowMillis() + lifeMillis;
    }

    private void expires(String key, long atMillis, Buffer to) {
        Entry entry = lookup(key);
        boolean isChanged =
                entry != null && (atMillis != Truth.NEVER_EXPIRES || entry.expireAtMillis != Truth.NEVER_EXPIRES);
        if (entry != null && isChanged) {
            put(key, entry.until(atMillis));
        }
        Replies.integer(to, isChanged ? 1 : 0);
    }

    private void rename(String from, String to, Buffer answer) {
        Entry entry = lookup(from);
        if (entry == null) {
            answer.appendString("-ERR no such key\r\n");
            return;
        }
        if (!from.equals(to)) {
            remove(from);
            put(to, entry);
        }
        answer.appendString(OK);
    }

    private @Nullable Entry lookup(String key) {
        Entry entry = data.get(key);
        if (entry != null && entry.expireAtMillis != Truth.NEVER_EXPIRES && nowMillis() > entry.expireAtMillis) {
            if (isMaster) { // a replica waits until its master says so
                remove(key);
            }
            return null;
        }
        return entry;
    }

    private void put(String key, Entry entry) {
        data.put(key, entry);
        listener.changed(key, entry.value, entry.expireAtMillis);
        tell(key);
    }

    private boolean remove(String key) {
        boolean isRemoved = data.remove(key) != null;
        if (isRemoved) {
            listener.changed(key, null, Truth.NEVER_EXPIRES);
            tell(key);
        }
        return isRemoved;
    }

    private void flush() {
        for (String key : data.keySet()) {
            listener.changed(key, null, Truth.NEVER_EXPIRES);
        }
        data.clear();
        listener.flushed();
        tracked.clear();
        for (Connection connection : connections) {
            if (connection.isTracking) {
                tell(connection, null);
            }
        }
    }

    private void tell(String key) {
        Set<Connection> holders = tracked.remove(key);
        if (holders != null) {
            holders.forEach(holder -> tell(holder, key));
        }
    }

    private void tell(Connection to, @Nullable String key) {
        Buffer message = Buffer.buffer(">2\r\n");
        Replies.string(message, "invalidate");
        if (key == null) {
            Replies.none(message, true);
        } else {
            Replies.array(message, 1);
            Replies.string(message, key);
        }
        listener.told(to, key);
        if (to == executing && tellsAfterAnswer) {
            to.pending.add(message);
        } else {
            to.out.accept(message.getBytes());
        }
    }
}

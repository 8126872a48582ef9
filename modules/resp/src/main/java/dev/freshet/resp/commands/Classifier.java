package dev.freshet.resp.commands;

import dev.freshet.resp.protocol.Command;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what is done with a command. What a server says about it counts. By name are known only commands that change the connection
 * itself, and those that are known to change no keys though they are not {@code readonly}. Immutable.
 */
public final class Classifier {

    private static final Map<String, Handling> BY_NAME = byName();

    /** They change no keys, and a client that sends them should not wait for a barrier. */
    private static final Set<String> HARMLESS = Set.of(
            "ACL",
            "ASKING",
            "BGREWRITEAOF",
            "BGSAVE",
            "CLIENT",
            "COMMAND",
            "CONFIG",
            "ECHO",
            "INFO",
            "LASTSAVE",
            "LATENCY",
            "MEMORY",
            "PING",
            "PUBLISH",
            "PUBSUB",
            "QUIT",
            "READONLY",
            "READWRITE",
            "ROLE",
            "SAVE",
            "SLOWLOG",
            "SPUBLISH",
            "TIME",
            "WAIT",
            "WAITAOF");

    /** With these, a client would no longer get one answer for each command. */
    private static final Set<String> RAW_OF_CLIENT = Set.of("REPLY", "TRACKING");

    private static final Set<String> ADMINISTRATION = Set.of("REPLICAOF", "SLAVEOF", "FAILOVER", "SHUTDOWN");

    private final boolean allowsAdministration;

    /** @param allowsAdministration whether clients may stop the server, or change whose replica it is */
    public Classifier(boolean allowsAdministration) {
        this.allowsAdministration = allowsAdministration;
    }

    private static Map<String, Handling> byName() {
        Map<String, Handling> names = new HashMap<>();
        names.put("AUTH", Handling.AUTH);
        names.put("HELLO", Handling.HELLO);
        names.put("SELECT", Handling.SELECT);
        names.put("RESET", Handling.RESET);
        names.put("MULTI", Handling.MULTI);
        names.put("EXEC", Handling.EXEC);
        names.put("DISCARD", Handling.DISCARD);
        names.put("WATCH", Handling.WATCH);
        names.put("UNWATCH", Handling.UNWATCH);
        for (String one : new String[] {"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"}) {
            names.put(one, Handling.SUBSCRIBE);
            names.put(one.replace("SUB", "UNSUB"), Handling.SUBSCRIBE);
        }
        names.put("FRESHET.GET", Handling.EXACT_READ);
        names.put("FRESHET.INVALIDATE", Handling.INVALIDATE);
        names.put("MONITOR", Handling.RAW);
        names.put("FLUSHDB", Handling.DROP_ALL);
        names.put("FLUSHALL", Handling.DROP_ALL);
        names.put("DEBUG", Handling.DROP_ALL); // some of its subcommands replace all keys, and tell nobody
        names.put("SYNC", Handling.REFUSE);
        names.put("PSYNC", Handling.REFUSE);
        names.put("REPLCONF", Handling.REFUSE);
        names.put("SWAPDB", Handling.REFUSE); // changes keys, and tells nobody
        return Map.copyOf(names);
    }

    /**
     * Decides about a command.
     *
     * @param spec what the server says about it; null: it does not know it, or was not asked yet
     */
    public Handling classify(Command command, @Nullable CommandSpec spec) {
        String name = command.name();
        Handling named = BY_NAME.get(name);
        if (named != null) {
            return named;
        }
        if (name.equals("CLIENT") && command.arguments() > 1 && RAW_OF_CLIENT.contains(command.upperCase(1))) {
            return Handling.RAW;
        }
        if (ADMINISTRATION.contains(name)) {
            return allowsAdministration ? Handling.DROP_ALL : Handling.REFUSE;
        }
        if (HARMLESS.contains(name)) {
            return Handling.PASS;
        }
        if (spec == null) {
            return Handling.BARRIER;
        }
        if (spec.isReadonly()) {
            return spec.isBlocking() || spec.hasMovableKeys() || !command.isWhole() ? Handling.PASS : Handling.READ;
        }
        return spec.hasFixedKeys() && command.isWhole() ? Handling.EVICT : Handling.BARRIER;
    }
}

package dev.freshet.resp.commands;

import dev.freshet.resp.protocol.Command;
import java.util.Map;
import java.util.Set;

/** The reads of hashes and sets whose answers may be kept. Each has one key, its first argument. Stateless. */
public final class StructureCommands {

    public static final String HGETALL = "HGETALL";

    /** A longer command is not remembered. */
    private static final int MAX_COMMAND_BYTES = 4096;

    /** How many arguments a command has, its name included. */
    private record Arguments(int least, int most) {}

    private static final Map<String, Arguments> COMMANDS = Map.of(
            "HGET",
            new Arguments(3, 3),
            "HMGET",
            new Arguments(3, Integer.MAX_VALUE),
            HGETALL,
            new Arguments(2, 2),
            "SISMEMBER",
            new Arguments(3, 3));

    private StructureCommands() {}

    /** Returns the names, in upper case. */
    public static Set<String> names() {
        return COMMANDS.keySet();
    }

    /** Returns whether it is such a command, and not too long to be remembered. */
    public static boolean isOne(Command command) {
        Arguments arguments = COMMANDS.get(command.name());
        return arguments != null
                && command.arguments() >= arguments.least
                && command.arguments() <= arguments.most
                && command.to() - command.from() <= MAX_COMMAND_BYTES;
    }

    /** Returns a command of that name which Redis accepts. */
    public static String[] example(String name, String key) {
        return name.equals(HGETALL) ? new String[] {name, key} : new String[] {name, key, "freshet-probe"};
    }
}

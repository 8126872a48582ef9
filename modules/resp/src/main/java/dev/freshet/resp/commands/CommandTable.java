package dev.freshet.resp.commands;

import dev.freshet.resp.protocol.Command;
import dev.freshet.resp.protocol.Reply;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The commands of a server, by its own answer to {@code COMMAND}. Immutable. */
public final class CommandTable {

    private static final int LEAST_ITEMS = 6;
    private static final int SUBCOMMANDS = 9;

    private final Map<String, CommandSpec> byName;

    private CommandTable(Map<String, CommandSpec> byName) {
        this.byName = Map.copyOf(byName);
    }

    /**
     * Reads the answer to {@code COMMAND}.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static CommandTable parse(Reply answer) {
        Map<String, CommandSpec> specs = parse(answer.items());
        if (specs.isEmpty()) {
            throw new IllegalArgumentException("Redis does not say which commands it has");
        }
        return new CommandTable(specs);
    }

    private static Map<String, CommandSpec> parse(List<Reply> commands) {
        Map<String, CommandSpec> specs = new HashMap<>();
        for (Reply command : commands) {
            List<Reply> parts = command.items();
            if (parts.size() >= LEAST_ITEMS) {
                String name = parts.get(0).text().toUpperCase(Locale.ROOT);
                specs.put(name.substring(name.indexOf('|') + 1), spec(parts));
            }
        }
        return specs;
    }

    private static CommandSpec spec(List<Reply> parts) {
        Set<String> flags = parts.get(2).items().stream().map(Reply::text).collect(Collectors.toSet());
        return new CommandSpec(
                flags.contains("readonly") && !flags.contains("write"),
                flags.contains("blocking"),
                flags.contains("movablekeys"),
                number(parts.get(3)),
                number(parts.get(4)),
                number(parts.get(5)),
                parts.size() > SUBCOMMANDS ? parse(parts.get(SUBCOMMANDS).items()) : Map.of());
    }

    private static int number(Reply reply) {
        return reply instanceof Reply.Int number ? (int) number.value() : 0;
    }

    /** Returns what the server says about a command, or about its subcommand; null: it does not know it. */
    public @Nullable CommandSpec find(Command command) {
        CommandSpec spec = byName.get(command.name());
        return spec == null ? null : spec.of(command);
    }

    /** Returns what the server says about a name in upper case; null: it does not know it. */
    public @Nullable CommandSpec find(String name) {
        return byName.get(name);
    }
}

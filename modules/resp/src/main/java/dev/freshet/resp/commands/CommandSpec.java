package dev.freshet.resp.commands;

import dev.freshet.resp.protocol.Command;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a server says about one of its commands.
 *
 * @param isReadonly it changes no keys. What is not readonly may have written, even without the flag {@code write}: scripts have none
 * @param isBlocking it may be answered much later
 * @param hasMovableKeys where its keys stand depends on other arguments
 * @param firstKey the argument that is the first key; 0: there are no keys
 * @param lastKey the argument that is the last key; negative: counted from the end
 * @param keyStep how many arguments lie between one key and the next
 * @param subcommands by name in upper case; of servers before 7.0, none
 */
public record CommandSpec(
        boolean isReadonly,
        boolean isBlocking,
        boolean hasMovableKeys,
        int firstKey,
        int lastKey,
        int keyStep,
        Map<String, CommandSpec> subcommands) {

    public CommandSpec {
        subcommands = Map.copyOf(subcommands);
    }

    /** Returns whether all of its keys stand where this says. */
    public boolean hasFixedKeys() {
        return !hasMovableKeys && firstKey > 0 && keyStep > 0;
    }

    /** Returns the argument of the last key of a command. */
    public int lastKeyOf(Command command) {
        return Math.min(command.arguments() - 1, lastKey < 0 ? command.arguments() + lastKey : lastKey);
    }

    /** Returns what the server says about a command's subcommand, if it has some. */
    CommandSpec of(Command command) {
        CommandSpec sub = subcommands.isEmpty() || command.arguments() < 2 ? null : find(command.upperCase(1));
        return sub == null ? this : sub;
    }

    private @Nullable CommandSpec find(String subcommand) {
        return subcommands.get(subcommand);
    }
}

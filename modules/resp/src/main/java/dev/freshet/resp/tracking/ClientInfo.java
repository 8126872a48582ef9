package dev.freshet.resp.tracking;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What Redis says about a connection, in its answer to {@code CLIENT INFO}.
 *
 * @param user whom it is authenticated as; null: that is not said
 * @param database the number of its database; -1: that is not said
 * @param protocol 2 or 3; 0: that is not said
 */
public record ClientInfo(@Nullable String user, int database, int protocol) {

    /** Reads the answer. */
    public static ClientInfo parse(String line) {
        return new ClientInfo(field(line, "user"), number(field(line, "db"), -1), number(field(line, "resp"), 0));
    }

    private static @Nullable String field(String line, String name) {
        return Arrays.stream(line.strip().split(" ", -1))
                .filter(part -> part.startsWith(name + "="))
                .map(part -> part.substring(name.length() + 1))
                .reduce((first, last) -> last) // the client's own name comes first, and may hold anything but spaces
                .orElse(null);
    }

    private static int number(@Nullable String text, int otherwise) {
        return text != null && text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : otherwise;
    }
}

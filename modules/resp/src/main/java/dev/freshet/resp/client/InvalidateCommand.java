package dev.freshet.resp.client;

import dev.freshet.resp.protocol.Command;
import dev.freshet.schema.Selector;
import dev.freshet.schema.Syntax;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code FRESHET.INVALIDATE region KEYS|TAGS|PREFIXES name…}, or {@code … ALL}.
 *
 * @param region whose entries go
 * @param selector which of them
 */
record InvalidateCommand(String region, Selector selector) {

    private static final String USAGE =
            "use FRESHET.INVALIDATE region KEYS key [key …], TAGS tag [tag …], PREFIXES prefix [prefix …] or ALL";

    /**
     * Reads the command.
     *
     * @throws IllegalArgumentException that says what is wrong, and what would be right
     */
    static InvalidateCommand parse(Command command) {
        if (!command.isWhole()) {
            throw new IllegalArgumentException("the command is larger than 64 KiB; send several");
        }
        if (command.arguments() < 3) {
            throw new IllegalArgumentException(USAGE);
        }
        String region = utf8(command, 1, "region");
        Syntax.faultInRegion(region).ifPresent(fault -> {
            throw new IllegalArgumentException("region " + fault);
        });
        String kind = command.upperCase(2);
        List<String> names = new ArrayList<>();
        for (int i = 3; i < command.arguments(); i++) {
            String name = utf8(command, i, "name");
            Syntax.faultInName(name).ifPresent(fault -> {
                throw new IllegalArgumentException("name " + fault);
            });
            names.add(name);
        }
        if (names.isEmpty() != kind.equals("ALL")) {
            throw new IllegalArgumentException(USAGE);
        }
        Selector.Kind selected =
                switch (kind) {
                    case "KEYS" -> Selector.Kind.KEYS;
                    case "TAGS" -> Selector.Kind.TAGS;
                    case "PREFIXES" -> Selector.Kind.PREFIXES;
                    case "ALL" -> Selector.Kind.ALL;
                    default -> throw new IllegalArgumentException(USAGE);
                };
        return new InvalidateCommand(region, Selector.of(selected, names));
    }

    private static String utf8(Command command, int argument, String what) {
        String text = command.utf8(argument);
        if (text == null) {
            throw new IllegalArgumentException(what + " must be well-formed UTF-8");
        }
        return text;
    }
}

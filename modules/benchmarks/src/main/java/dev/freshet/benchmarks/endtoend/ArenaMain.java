package dev.freshet.benchmarks.endtoend;

import dev.freshet.benchmarks.contender.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Runs an {@link Arena} for one contender in its own process. Reads one line for each round, and writes one line with the result. */
public final class ArenaMain {

    private ArenaMain() {}

    /**
     * Runs rounds until the standard input ends.
     *
     * @param arguments the contender's name and the address of Redis
     */
    public static void main(String[] arguments) throws IOException {
        Kind kind = Kind.valueOf(arguments[0]);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try (Arena arena = new Arena(URI.create(arguments[1]))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(arena.run(kind, Round.ofLine(line)).toLine());
            }
        }
        System.exit(0);
    }
}

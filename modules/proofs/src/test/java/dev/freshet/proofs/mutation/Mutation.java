package dev.freshet.proofs.mutation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One protection switched off: pieces of the production's source, and what stands in their place. Protections that back
 * each other up are switched off together.
 *
 * @param protection what is switched off, in words
 * @param isMissedLate whether it takes so many histories until a promise breaks that it runs at night
 */
public record Mutation(String protection, boolean isMissedLate, List<Edit> edits) {

    /**
     * One piece.
     *
     * @param module the module that holds the file, from the project's root
     * @param file the file, from {@code src/main/java} or {@code src/main/resources}
     * @param original text that stands in the file exactly once
     * @param replacement what stands there instead
     */
    public record Edit(String module, String file, String original, String replacement) {

        /** Finds the file by its name, which no other file of the module may bear. */
        static Edit of(String module, String name, String original, String replacement) {
            Path root = root(module, name);
            try (Stream<Path> files = Files.walk(root)) {
                List<Path> found = files.filter(path -> path.endsWith(name)).toList();
                if (found.size() != 1) {
                    throw new IllegalStateException(
                            "expected one file " + name + " in " + module + ", found " + found.size());
                }
                return new Edit(module, root.relativize(found.get(0)).toString(), original, replacement);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static Path root(String module, String file) {
            return Path.of("..", "..", module, "src", "main", file.endsWith(".java") ? "java" : "resources");
        }

        /** Returns the file's text as it stands in the project. */
        String read() {
            try {
                return Files.readString(root(module, file).resolve(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Returns the text with this piece replaced. */
        String apply(String text) {
            int at = text.indexOf(original);
            if (at < 0 || text.indexOf(original, at + 1) >= 0) {
                throw new IllegalStateException(file + " does not hold exactly once:\n" + original);
            }
            return text.replace(original, replacement);
        }
    }

    /** Returns the changed files: their names, and their texts with all of their pieces replaced. */
    public Map<String, String> changedFiles() {
        Map<String, String> texts = new LinkedHashMap<>();
        for (Edit edit : edits) {
            texts.put(edit.file, edit.apply(texts.getOrDefault(edit.file, edit.read())));
        }
        return texts;
    }

    public static Mutation of(String protection) {
        return new Mutation(protection, false, List.of());
    }

    /** Says that many histories pass until a promise breaks. */
    public Mutation missedLate() {
        return new Mutation(protection, true, edits);
    }

    public Mutation bus(String file, String original, String replacement) {
        return and(Edit.of("modules/bus", file, original, replacement));
    }

    public Mutation cache(String file, String original, String replacement) {
        return and(Edit.of("modules/cache", file, original, replacement));
    }

    public Mutation resp(String file, String original, String replacement) {
        return and(Edit.of("modules/resp", file, original, replacement));
    }

    private Mutation and(Edit edit) {
        List<Edit> more = new ArrayList<>(edits);
        more.add(edit);
        return new Mutation(protection, isMissedLate, List.copyOf(more));
    }

    @Override
    public String toString() {
        return protection;
    }
}

package dev.freshet.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A text file in the repository that holds what the program prints, so that it can be shown without the program. A test
 * compares the two; with the system property {@code freshet.texts=write} it writes the file instead.
 */
public final class KeptText {

    private KeptText() {}

    /**
     * Compares a file with what the program prints today.
     *
     * @throws AssertionError if they differ; it names the command that writes the file again
     */
    public static void check(Path file, String printed) throws IOException {
        if (System.getProperty("freshet.texts", "").equals("write")) {
            Files.writeString(file, printed);
        }
        String kept = Files.isRegularFile(file) ? Files.readString(file) : "";
        if (!kept.equals(printed)) {
            throw new AssertionError(file.toAbsolutePath().normalize()
                    + " is not what the program prints. Run this test again with -Dfreshet.texts=write. Printed:\n"
                    + printed);
        }
    }
}

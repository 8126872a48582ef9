package dev.freshet.cli.doctor;

import org.jspecify.annotations.Nullable;

/**
 * The result of one check, of a live deployment or of manifests.
 *
 * @param level the severity
 * @param check the short, stable name of the check
 * @param text what was found, as a sentence
 * @param remedy what to do; null if nothing needs to be done
 */
public record Finding(
        Level level, String check, String text, @Nullable String remedy) {

    /** The severity of a finding. */
    public enum Level {
        /** As it should be. */
        OK,
        /** Worth knowing; Freshet keeps its promises. */
        NOTE,
        /** Freshet cannot keep a promise, or not always. */
        FAULT
    }

    /** Returns what is as it should be. */
    public static Finding ok(String check, String text) {
        return new Finding(Level.OK, check, text, null);
    }

    /** Returns what is worth knowing. */
    public static Finding note(String check, String text, @Nullable String remedy) {
        return new Finding(Level.NOTE, check, text, remedy);
    }

    /** Returns what is wrong. */
    public static Finding fault(String check, String text, String remedy) {
        return new Finding(Level.FAULT, check, text, remedy);
    }
}

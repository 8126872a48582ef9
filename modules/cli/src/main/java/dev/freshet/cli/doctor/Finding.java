package dev.freshet.cli.doctor;

import org.jspecify.annotations.Nullable;

/**
 * The result of one check of the doctor.
 *
 * @param level the severity
 * @param check the short, stable name of the check
 * @param text what the doctor found, as a sentence
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

    static Finding ok(String check, String text) {
        return new Finding(Level.OK, check, text, null);
    }

    static Finding note(String check, String text, @Nullable String remedy) {
        return new Finding(Level.NOTE, check, text, remedy);
    }

    static Finding fault(String check, String text, String remedy) {
        return new Finding(Level.FAULT, check, text, remedy);
    }
}

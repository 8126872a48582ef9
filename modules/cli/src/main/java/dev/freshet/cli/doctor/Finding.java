package dev.freshet.cli.doctor;

import org.jspecify.annotations.Nullable;

/**
 * One thing that the doctor looked at.
 *
 * @param level how bad it is
 * @param check what was looked at; a short, stable name
 * @param text what was found, in a sentence
 * @param remedy what to do about it; null where nothing needs to be done
 */
public record Finding(
        Level level, String check, String text, @Nullable String remedy) {

    /** How bad it is. */
    public enum Level {
        /** As it should be. */
        OK,
        /** Worth knowing; the promises hold. */
        NOTE,
        /** A promise cannot be kept, or not always. */
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

package dev.freshet.service.config;

import java.util.Locale;

/** How the name of a setting is spelled outside the file. */
public enum Spelling {
    /** The setting's name, with dots between sections. */
    FLAG(".") {
        @Override
        String of(String name) {
            return name;
        }

        @Override
        String newKey(String written) {
            return written;
        }
    },

    /** Upper case with underscores. */
    VARIABLE("_") {
        @Override
        String of(String name) {
            return Setting.environmentPart(name);
        }

        // Variables are in upper case, and most keys that users choose are in lower case.
        @Override
        String newKey(String written) {
            return written.toLowerCase(Locale.ROOT);
        }
    };

    private final String separator;

    Spelling(String separator) {
        this.separator = separator;
    }

    String separator() {
        return separator;
    }

    /** Returns a setting's name, or a part of it, in this spelling. */
    abstract String of(String name);

    /** Returns the key of a new map entry for a written one that matches no key of the file. */
    abstract String newKey(String written);
}

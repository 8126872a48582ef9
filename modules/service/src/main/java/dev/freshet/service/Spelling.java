package dev.freshet.service;

import java.util.Locale;

/** How the name of a setting is written outside the file. */
enum Spelling {
    /** As the setting is called, dots between sections. */
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

        // A variable's name has no lower case, and what users call their regions usually has nothing else.
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

    /** How a setting's name, or a part of it, is written. */
    abstract String of(String name);

    /** Which key of a map is meant by one that nothing else names. */
    abstract String newKey(String written);
}

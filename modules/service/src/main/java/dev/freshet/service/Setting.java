package dev.freshet.service;

import java.util.Locale;

/**
 * What can be configured, as {@code --help}, the documentation and its tests show it.
 *
 * @param name with dots between sections; {@code <name>} stands for a key that the user chooses
 * @param kind what its values look like: "0 to 65535", "a duration", "serve or bypass"
 * @param defaultText the default as one would write it; empty if there is none
 * @param help one clause
 */
public record Setting(String name, String kind, String defaultText, String help) {

    static final String ANY_KEY = "<name>";

    /** The environment variable that overrides it. */
    public String environmentName() {
        return environmentName(name.replace(ANY_KEY, "NAME"));
    }

    static String environmentName(String name) {
        return "FRESHET_" + environmentPart(name);
    }

    /** Upper case, and an underscore for every character that a variable's name cannot hold. */
    static String environmentPart(String name) {
        return name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }

    /** The flag that overrides it: {@code --http-port}. */
    public String flagName() {
        return "--" + name.replace('.', '-');
    }

    /** Whether it stands for one value, not for one of each entry of a map. */
    boolean isPlain() {
        return !name.contains(ANY_KEY);
    }
}

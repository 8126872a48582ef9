package dev.freshet.service.config;

import java.util.Locale;

/**
 * Describes one setting, for {@code --help} and for the tests of the documentation.
 *
 * @param name the setting's name, with dots between sections; {@code <name>} stands for a key that the user chooses
 * @param kind what its values look like: "0 to 65535", "a duration", "serve or bypass"
 * @param defaultText the default as a user would write it; empty if there is none
 * @param help what the setting does; one clause
 */
public record Setting(String name, String kind, String defaultText, String help) {

    static final String ANY_KEY = "<name>";

    /** Returns the environment variable that overrides the setting. */
    public String environmentName() {
        return environmentName(name.replace(ANY_KEY, "NAME"));
    }

    static String environmentName(String name) {
        return "FRESHET_" + environmentPart(name);
    }

    /** Returns a name in upper case, with an underscore for every character that a variable's name cannot hold. */
    static String environmentPart(String name) {
        return name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }

    /** Returns the flag that overrides the setting: {@code --http-port}. */
    public String flagName() {
        return "--" + name.replace('.', '-');
    }

    /** Returns whether the setting has one value, not one for each entry of a map. */
    public boolean isPlain() {
        return !name.contains(ANY_KEY);
    }
}

package dev.freshet.service;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where settings come from: a file, overridden by the environment, overridden by flags.
 *
 * <p>A variable is called like the setting, in upper case with underscores, after {@code FRESHET_}: {@code http.port} is
 * {@code FRESHET_HTTP_PORT}. Settings of a map's entries work the same: {@code FRESHET_REGIONS_USERS_MAXIMUM_ENTRIES} is
 * {@code regions.users.maximum-entries}. Where the file has an entry whose key looks the same as a variable ({@code
 * my-users} and {@code MY_USERS}), that one is meant; else the key is what the variable says, in lower case.
 *
 * @param file the YAML file, or null for none
 * @param fileFrom who named the file, for a fault: "from flag --config"
 * @param environment all variables; those that do not begin with {@code FRESHET_} are ignored
 * @param flags values by setting's name, which may name a map's entry
 * @param faults what is already known to be wrong, to be reported together with the rest
 */
public record Configuration(
        @Nullable Path file,
        String fileFrom,
        Map<String, String> environment,
        List<Flag> flags,
        List<ConfigurationFault> faults) {

    /** The variable that names the configuration file. */
    static final String FILE_VARIABLE = "FRESHET_CONFIG";

    private static final String VARIABLE_PREFIX = "FRESHET_";

    /**
     * A setting given on the command line.
     *
     * @param setting its name
     * @param value its value
     * @param written how the flag was written, without the value
     */
    public record Flag(String setting, String value, String written) {
        // The value may be a secret.
        @Override
        public String toString() {
            return written;
        }
    }

    /** A configuration from flags alone, for tests: {@code of("http.port", "0", …)}. */
    public static Configuration of(String... namesAndValues) {
        List<Flag> flags = new ArrayList<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            flags.add(new Flag(namesAndValues[i], namesAndValues[i + 1], "--set " + namesAndValues[i]));
        }
        return new Configuration(null, "", Map.of(), flags, List.of());
    }

    /** Lists what a reader reads. */
    public static List<Setting> describe(Function<Settings, ?> reader) {
        SettingsReading reading = new SettingsReading(new ArrayList<>(), true);
        Objects.requireNonNull(reader.apply(new Settings(reading, "", null)));
        return List.copyOf(reading.declared());
    }

    /**
     * Reads the settings.
     *
     * @throws ConfigurationException if anything is wrong; it names everything that is
     */
    public <S> S read(Function<Settings, S> reader) {
        return read(reader, null);
    }

    /**
     * Reads one section of the settings, and leaves the others, what they hold and what overrides them, alone.
     *
     * @param section its name, as {@code sources}
     * @param reader gets all settings, of which only this section is there
     * @throws ConfigurationException if anything is wrong with it; it names everything that is
     */
    public <S> S readOnly(String section, Function<Settings, S> reader) {
        String variables = VARIABLE_PREFIX + section.toUpperCase(Locale.ROOT) + "_";
        Map<String, String> itsOwn = new TreeMap<>(environment);
        itsOwn.keySet().removeIf(variable -> !variable.startsWith(variables));
        return new Configuration(file, fileFrom, itsOwn, flags, faults).read(reader, section);
    }

    private <S> S read(Function<Settings, S> reader, @Nullable String section) {
        List<ConfigurationFault> all = new ArrayList<>(faults);
        List<Setting> known = describe(reader);
        ConfigNode.Mapping root = file == null ? SettingsFile.empty("") : SettingsFile.read(file, fileFrom, all);
        if (section != null) {
            root.entries().keySet().retainAll(Set.of(section));
        }
        Overrides overrides = new Overrides(root, known, all);
        overrideFromEnvironment(overrides, known, all);
        overrideFromFlags(overrides, known, all);

        SettingsReading reading = new SettingsReading(all, false);
        S settings = reader.apply(new Settings(reading, "", root));
        reading.faultUnknown(root);
        if (!all.isEmpty()) {
            throw new ConfigurationException(all);
        }
        return settings;
    }

    private void overrideFromEnvironment(Overrides overrides, List<Setting> known, List<ConfigurationFault> all) {
        for (Map.Entry<String, String> variable : new TreeMap<>(environment).entrySet()) {
            String name = variable.getKey();
            if (!name.startsWith(VARIABLE_PREFIX)
                    || name.equals(FILE_VARIABLE)
                    || ServiceLink.matches(name, variable.getValue())) {
                continue;
            }
            String written = name.substring(VARIABLE_PREFIX.length());
            if (!overrides.put(written, Spelling.VARIABLE, variable.getValue(), "from environment " + name)) {
                List<String> variables =
                        known.stream().map(Setting::environmentName).toList();
                all.add(new ConfigurationFault(
                        name, "does not name a setting" + Suggestion.of(name, variables), "from the environment"));
            }
        }
    }

    private void overrideFromFlags(Overrides overrides, List<Setting> known, List<ConfigurationFault> all) {
        for (Flag flag : flags) {
            String source = "from flag " + flag.written();
            if (!overrides.put(flag.setting(), Spelling.FLAG, flag.value(), source)) {
                List<String> names = known.stream().map(Setting::name).toList();
                all.add(new ConfigurationFault(
                        flag.setting(), "is not a setting" + Suggestion.of(flag.setting(), names), source));
            }
        }
    }
}

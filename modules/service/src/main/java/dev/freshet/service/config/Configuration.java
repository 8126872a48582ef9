package dev.freshet.service.config;

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
 * The sources of settings: a file, overridden by the environment, overridden by flags.
 *
 * <p>A variable has the setting's name in upper case, with underscores, after {@code FRESHET_}: {@code FRESHET_HTTP_PORT}
 * overrides {@code http.port}, and {@code FRESHET_REGIONS_USERS_MAXIMUM_ENTRIES} overrides {@code
 * regions.users.maximum-entries}. If the file has a key that is spelled like that ({@code my-users} for {@code MY_USERS}), the
 * variable overrides this entry. If it has none, the variable adds an entry whose key is in lower case.
 *
 * @param file the YAML file, or null for none
 * @param fileFrom who named the file, for faults: "from flag --config"
 * @param environment all variables; those that do not begin with {@code FRESHET_} are ignored
 * @param flags values by setting's name, which may name a map's entry
 * @param faults faults that are known already; they are reported together with the others
 */
public record Configuration(
        @Nullable Path file,
        String fileFrom,
        Map<String, String> environment,
        List<Flag> flags,
        List<ConfigurationFault> faults) {

    /** The variable that names the configuration file. */
    public static final String FILE_VARIABLE = "FRESHET_CONFIG";

    private static final String VARIABLE_PREFIX = "FRESHET_";

    /** Begins the variables of the command line, which a shell may have beside those of an application. */
    private static final String COMMAND_LINE_PREFIX = "FRESHET_CLI_";

    /**
     * A setting given on the command line.
     *
     * @param setting the setting's name
     * @param value its value
     * @param written the flag as the user wrote it, without the value
     */
    public record Flag(String setting, String value, String written) {
        // Without the value, which may be a secret.
        @Override
        public String toString() {
            return written;
        }
    }

    /** Returns a configuration from flags only, for tests: {@code of("http.port", "0", …)}. */
    public static Configuration of(String... namesAndValues) {
        List<Flag> flags = new ArrayList<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            flags.add(new Flag(namesAndValues[i], namesAndValues[i + 1], "--set " + namesAndValues[i]));
        }
        return new Configuration(null, "", Map.of(), flags, List.of());
    }

    /** Lists the settings that a reader reads, without a configuration. */
    public static List<Setting> describe(Function<Settings, ?> reader) {
        SettingsReading reading = new SettingsReading(new ArrayList<>(), true);
        Objects.requireNonNull(reader.apply(new Settings(reading, "", null)));
        return List.copyOf(reading.declared());
    }

    /**
     * Reads the settings.
     *
     * @throws ConfigurationException if there is any fault; it names all of them
     */
    public <S> S read(Function<Settings, S> reader) {
        return read(reader, null);
    }

    /**
     * Reads one section of the settings. Other sections, and variables that override them, are neither read nor checked.
     *
     * @param section the section's name, as {@code sources}
     * @param reader gets settings that hold this section only
     * @throws ConfigurationException if the section has any fault; it names all of them
     */
    public <S> S readOnly(String section, Function<Settings, S> reader) {
        String variables = VARIABLE_PREFIX + section.toUpperCase(Locale.ROOT) + "_";
        Map<String, String> itsOwn = new TreeMap<>(environment);
        itsOwn.keySet().removeIf(variable -> !variable.startsWith(variables));
        return new Configuration(file, fileFrom, itsOwn, flags, faults).read(reader, section);
    }

    /**
     * Reads some settings. Names that the reader does not read are no faults.
     *
     * @throws ConfigurationException if what it reads has any fault; it names all of them
     */
    public <S> S readSome(Function<Settings, S> reader) {
        List<ConfigurationFault> all = new ArrayList<>(faults);
        List<Setting> known = describe(reader);
        ConfigNode.Mapping root = file == null ? SettingsFile.empty("") : SettingsFile.read(file, fileFrom, all);
        List<ConfigurationFault> unknown = new ArrayList<>();
        Overrides overrides = new Overrides(root, known, unknown);
        overrideFromEnvironment(overrides, known, unknown);
        overrideFromFlags(overrides, known, unknown);
        S settings = reader.apply(new Settings(new SettingsReading(all, false), "", root));
        if (!all.isEmpty()) {
            throw new ConfigurationException(all);
        }
        return settings;
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
                    || name.startsWith(COMMAND_LINE_PREFIX)
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

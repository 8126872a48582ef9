package dev.freshet.service.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A section of the configuration, from which an application reads its settings by name. Not thread-safe.
 *
 * <p>Reading a setting also declares it. A name in the file that no code reads is a fault, and {@code --help} lists the settings
 * that are read.
 *
 * <pre>{@code
 * static HttpSettings read(Settings settings) {
 *     Settings http = settings.section("http");
 *     return new HttpSettings(
 *             http.text("host", "0.0.0.0", "the address that changes are taken in at"),
 *             http.integer("port", 8700, 0, 65_535, "the port that changes are taken in at; 0: any"));
 * }
 * }</pre>
 *
 * <p>If a value is faulty, the fault is noted and the default is returned, so that one pass finds all faults of all settings. The
 * values count only if {@link Configuration#read} returns normally.
 */
public final class Settings {

    private final SettingsReading reading;
    private final String path;
    private final ConfigNode.@Nullable Mapping node;

    Settings(SettingsReading reading, String path, ConfigNode.@Nullable Mapping node) {
        this.reading = reading;
        this.path = path;
        this.node = node;
    }

    /** Returns the section of this name; empty if it is missing. */
    public Settings section(String name) {
        ConfigNode found = find(name);
        reading.name(path(name));
        if (found == null || (found instanceof ConfigNode.Scalar scalar && scalar.isNull())) {
            return new Settings(reading, path(name), null);
        }
        if (found instanceof ConfigNode.Mapping mapping) {
            return new Settings(reading, path(name), mapping);
        }
        fault(name, "must be a section of settings, not a single value or a list", found.source());
        return new Settings(reading, path(name), null);
    }

    /** Reads a text. An empty text is a fault. */
    public String text(String name, String defaultValue, String help) {
        return value(name, defaultValue, defaultValue, "a text", help, Function.identity());
    }

    /**
     * Reads a text and checks it.
     *
     * @param kind what the values look like, for {@code --help}
     * @param faultIn returns what is wrong with a value, as a clause ("must be …"), or null if it is valid; must not quote a
     *     secret
     */
    public String text(
            String name, String defaultValue, String kind, Function<String, @Nullable String> faultIn, String help) {
        return value(name, defaultValue, defaultValue, kind, help, text -> {
            String fault = faultIn.apply(text);
            if (fault != null) {
                throw new IllegalArgumentException(fault);
            }
            return text;
        });
    }

    /** Reads the name of a file, which is not opened; null if it is missing. */
    public @Nullable Path file(String name, String help) {
        String text = text(name, "", "a file", Settings::faultInPath, help);
        return text.isEmpty() ? null : Path.of(text);
    }

    private static @Nullable String faultInPath(String text) {
        try {
            return Path.of(text).getNameCount() == 0 ? "must name a file" : null;
        } catch (InvalidPathException e) {
            return "must be the name of a file";
        }
    }

    /** Reads a whole number from minimum to maximum, both included. */
    public int integer(String name, int defaultValue, int minimum, int maximum, String help) {
        return Math.toIntExact(number(name, defaultValue, minimum, maximum, help));
    }

    /** Reads a whole number from minimum to maximum, both included. */
    public long number(String name, long defaultValue, long minimum, long maximum, String help) {
        return value(
                name,
                defaultValue,
                Long.toString(defaultValue),
                range(minimum, maximum),
                help,
                within(minimum, maximum));
    }

    /** Reads a whole number from minimum to maximum, both included; empty if it is missing. */
    public OptionalLong optionalNumber(String name, long minimum, long maximum, String help) {
        return toOptionalLong(optional(name, range(minimum, maximum), help, within(minimum, maximum)));
    }

    /** Reads a size from minimum to maximum, both included, in bytes. */
    public long bytes(String name, long defaultValue, long minimum, long maximum, String help) {
        return value(
                name,
                defaultValue,
                Units.formatBytes(defaultValue),
                "a size, " + sizeRange(minimum, maximum),
                help,
                bytesWithin(minimum, maximum));
    }

    /** Reads a size from minimum to maximum, both included, in bytes; empty if it is missing. */
    public OptionalLong optionalBytes(String name, long minimum, long maximum, String help) {
        return toOptionalLong(
                optional(name, "a size, " + sizeRange(minimum, maximum), help, bytesWithin(minimum, maximum)));
    }

    /** Reads a duration from minimum to maximum, both included. */
    public Duration duration(String name, Duration defaultValue, Duration minimum, Duration maximum, String help) {
        return value(
                name,
                defaultValue,
                Units.format(defaultValue),
                "a duration, " + durationRange(minimum, maximum),
                help,
                durationWithin(minimum, maximum));
    }

    /** Reads a duration from minimum to maximum, both included; empty if it is missing. */
    public Optional<Duration> optionalDuration(String name, Duration minimum, Duration maximum, String help) {
        return optional(name, "a duration, " + durationRange(minimum, maximum), help, durationWithin(minimum, maximum));
    }

    /** Reads a part: a number from 0 to 1, both included. */
    public double part(String name, double defaultValue, String help) {
        String shown = defaultValue == Math.rint(defaultValue)
                ? Long.toString((long) defaultValue)
                : Double.toString(defaultValue);
        return value(name, defaultValue, shown, "a part, from 0 to 1", help, text -> {
            try {
                double part = Double.parseDouble(text);
                if (part >= 0 && part <= 1) {
                    return part;
                }
            } catch (NumberFormatException ignored) {
                throw new IllegalArgumentException("must be a number from 0 to 1, like 0.1");
            }
            throw new IllegalArgumentException("must be from 0 to 1, not " + text);
        });
    }

    /** Reads true or false. */
    public boolean bool(String name, boolean defaultValue, String help) {
        return value(name, defaultValue, Boolean.toString(defaultValue), "true or false", help, text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("must be true or false, not " + Units.quote(text));
        });
    }

    /** Reads a constant of an enum, written in lower case with hyphens. */
    public <E extends Enum<E>> E choice(String name, E defaultValue, String help) {
        Map<String, E> byText = new LinkedHashMap<>();
        for (E constant : defaultValue.getDeclaringClass().getEnumConstants()) {
            byText.put(textOf(constant), constant);
        }
        String kind = String.join(" or ", byText.keySet());
        return value(name, defaultValue, textOf(defaultValue), kind, help, text -> {
            E constant = byText.get(text);
            if (constant == null) {
                throw new IllegalArgumentException("must be " + kind + ", not " + Units.quote(text));
            }
            return constant;
        });
    }

    /**
     * Reads a list of texts, written as a YAML list or as one text with commas; empty if it is missing.
     *
     * @param faultIn returns what is wrong with an item, as a clause, or null if it is valid
     */
    public List<String> texts(String name, String kind, Function<String, @Nullable String> faultIn, String help) {
        reading.declare(new Setting(path(name), "a list of " + kind, "", help));
        ConfigNode found = find(name);
        Set<String> texts = new LinkedHashSet<>();
        if (found instanceof ConfigNode.Sequence sequence) {
            for (int i = 0; i < sequence.items().size(); i++) {
                String item = name + "[" + i + "]";
                if (sequence.items().get(i) instanceof ConfigNode.Scalar scalar) {
                    addText(item, scalar.text(), scalar.source(), faultIn, texts);
                } else {
                    fault(
                            item,
                            "must be a text, not a section or a list",
                            sequence.items().get(i).source());
                }
            }
        } else if (found instanceof ConfigNode.Scalar scalar) {
            if (!scalar.isNull()) {
                for (String part : scalar.text().split(",", -1)) {
                    addText(name, part.strip(), scalar.source(), faultIn, texts);
                }
            }
        } else if (found != null) {
            fault(name, "must be a list, not a section", found.source());
        }
        return List.copyOf(texts);
    }

    /**
     * Reads a map from keys that the user chooses to sections of settings, in the order of the file.
     *
     * @param faultInKey returns what is wrong with a key, as a clause, or null if it is valid
     * @param reader reads one section; {@link Configuration#describe} calls it with the key {@code name} and an empty section
     */
    public <V> Map<String, V> map(
            String name, Function<String, @Nullable String> faultInKey, BiFunction<String, Settings, V> reader) {
        if (reading.isDescribing()) {
            V example = reader.apply("name", new Settings(reading, path(name) + "." + Setting.ANY_KEY, null));
            return Map.of("name", example);
        }
        Map<String, V> values = new LinkedHashMap<>();
        Settings sections = section(name);
        if (sections.node != null) {
            for (Map.Entry<String, ConfigNode> entry : sections.node.entries().entrySet()) {
                String fault = faultInKey.apply(entry.getKey());
                if (fault != null) {
                    sections.fault(entry.getKey(), fault, entry.getValue().source());
                }
                values.put(entry.getKey(), reader.apply(entry.getKey(), sections.section(entry.getKey())));
            }
        }
        return values;
    }

    /** Notes a fault of a setting of this section that its own syntax does not show, for example together with another setting. */
    public void fault(String name, String fault) {
        ConfigNode found = node == null ? null : node.entries().get(name);
        fault(name, fault, found == null ? null : found.source());
    }

    /** Returns whether the configuration gives this setting a value. */
    public boolean has(String name) {
        return node != null && node.entries().containsKey(name);
    }

    /** Returns whether the configuration has a section of this name, with settings in it. */
    public boolean isSection(String name) {
        return node != null
                && node.entries().get(name) instanceof ConfigNode.Mapping section
                && !section.entries().isEmpty();
    }

    private <T> T value(
            String name, T defaultValue, String defaultText, String kind, String help, Function<String, T> parse) {
        T parsed = parse(new Setting(path(name), kind, defaultText, help), name, parse);
        return parsed == null ? defaultValue : parsed;
    }

    private <T> Optional<T> optional(String name, String kind, String help, Function<String, T> parse) {
        return Optional.ofNullable(parse(new Setting(path(name), kind, "", help), name, parse));
    }

    private <T> @Nullable T parse(Setting setting, String name, Function<String, T> parse) {
        reading.declare(setting);
        ConfigNode found = find(name);
        if (found == null) {
            return null;
        }
        if (!(found instanceof ConfigNode.Scalar scalar)) {
            fault(name, "must be a single value, not a section or a list", found.source());
            return null;
        }
        if (scalar.text().isEmpty() || scalar.isNull()) {
            fault(name, "must not be empty", scalar.source());
            return null;
        }
        try {
            return parse.apply(scalar.text());
        } catch (IllegalArgumentException e) {
            fault(name, String.valueOf(e.getMessage()), scalar.source());
            return null;
        }
    }

    private void addText(
            String name, String text, String source, Function<String, @Nullable String> faultIn, Set<String> texts) {
        String fault = text.isEmpty() ? "must not be empty" : faultIn.apply(text);
        if (fault == null && texts.contains(text)) {
            fault = "must not repeat " + Units.quote(text);
        }
        if (fault == null) {
            texts.add(text);
        } else {
            fault(name, fault, source);
        }
    }

    private @Nullable ConfigNode find(String name) {
        ConfigNode found = node == null ? null : node.entries().get(name);
        if (found != null) {
            reading.claim(found);
        }
        return found;
    }

    private void fault(String name, String fault, @Nullable String source) {
        reading.fault(new ConfigurationFault(path(name), fault, source));
    }

    private String path(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static Function<String, Long> within(long minimum, long maximum) {
        return text -> {
            try {
                long number = Long.parseLong(text.replace("_", ""));
                if (number >= minimum && number <= maximum) {
                    return number;
                }
            } catch (NumberFormatException ignored) {
                // Refused below, as a number out of bounds is.
            }
            throw new IllegalArgumentException(
                    "must be " + range(minimum, maximum) + ", not " + (isNumber(text) ? text : Units.quote(text)));
        };
    }

    private static Function<String, Long> bytesWithin(long minimum, long maximum) {
        return text -> {
            long bytes = Units.parseBytes(text);
            if (bytes < minimum || bytes > maximum) {
                throw new IllegalArgumentException("must be " + sizeRange(minimum, maximum) + ", not " + text);
            }
            return bytes;
        };
    }

    private static Function<String, Duration> durationWithin(Duration minimum, Duration maximum) {
        return text -> {
            Duration duration = Units.parseDuration(text);
            if (duration.compareTo(minimum) < 0 || duration.compareTo(maximum) > 0) {
                throw new IllegalArgumentException("must be " + durationRange(minimum, maximum) + ", not " + text);
            }
            return duration;
        };
    }

    private static boolean isNumber(String text) {
        return text.matches("-?[0-9]{1,30}");
    }

    private static String range(long minimum, long maximum) {
        return maximum == Long.MAX_VALUE ? minimum + " or more" : minimum + " to " + maximum;
    }

    private static String sizeRange(long minimum, long maximum) {
        String least = Units.formatBytes(minimum);
        return maximum == Long.MAX_VALUE ? least + " or more" : least + " to " + Units.formatBytes(maximum);
    }

    private static String durationRange(Duration minimum, Duration maximum) {
        return Units.format(minimum) + " to " + Units.format(maximum);
    }

    private static OptionalLong toOptionalLong(Optional<Long> value) {
        return value.isPresent() ? OptionalLong.of(value.get()) : OptionalLong.empty();
    }

    private static String textOf(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the names without the values, because a value may be a secret. */
    @Override
    public String toString() {
        StringJoiner names = new StringJoiner(", ", "Settings[", "]");
        if (node != null) {
            node.entries().keySet().forEach(names::add);
        }
        return names.toString();
    }
}

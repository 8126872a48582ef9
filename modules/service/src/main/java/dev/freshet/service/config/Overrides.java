package dev.freshet.service.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Overrides single values of a configuration file. */
public final class Overrides {

    private final ConfigNode.Mapping root;
    private final List<Setting> known;
    private final List<ConfigurationFault> faults;

    /**
     * @param root the file's content; values are put into it
     * @param known the settings that exist
     * @param faults receives the faults
     */
    Overrides(ConfigNode.Mapping root, List<Setting> known, List<ConfigurationFault> faults) {
        this.root = root;
        // The longest name first: the end of a user's key must not be taken for a part of a setting's name.
        this.known = known.stream()
                .sorted(Comparator.comparingInt(
                                (Setting setting) -> setting.name().length())
                        .reversed())
                .toList();
        this.faults = faults;
    }

    /**
     * Overrides a value.
     *
     * @param name the setting's name as the user wrote it
     * @return false if there is no such setting
     */
    boolean put(String name, Spelling spelling, String value, String source) {
        for (Setting setting : known) {
            List<String> path = setting.isPlain()
                    ? spelling.of(setting.name()).equals(name) ? split(setting.name()) : null
                    : pathInMap(setting, name, spelling, source);
            if (path != null) {
                put(path, value, source);
                return true;
            }
        }
        return false;
    }

    private @Nullable List<String> pathInMap(Setting setting, String name, Spelling spelling, String source) {
        int anyKey = setting.name().indexOf(Setting.ANY_KEY);
        String map = setting.name().substring(0, anyKey - 1);
        String inner = setting.name().substring(anyKey + Setting.ANY_KEY.length() + 1);
        String head = spelling.of(map) + spelling.separator();
        String tail = spelling.separator() + spelling.of(inner);
        if (!name.startsWith(head) || !name.endsWith(tail) || name.length() <= head.length() + tail.length()) {
            return null;
        }
        String key = name.substring(head.length(), name.length() - tail.length());
        List<String> path = new ArrayList<>(split(map));
        path.add(keyOf(map, key, spelling, source));
        path.addAll(split(inner));
        return path;
    }

    /** Returns the key of the file that is spelled like the written one, or a new key. */
    private String keyOf(String map, String written, Spelling spelling, String source) {
        ConfigNode node = root;
        for (String name : split(map)) {
            node = node instanceof ConfigNode.Mapping mapping
                    ? mapping.entries().get(name)
                    : null;
        }
        List<String> same = node instanceof ConfigNode.Mapping mapping
                ? mapping.entries().keySet().stream()
                        .filter(existing -> spelling.of(existing).equals(written))
                        .toList()
                : List.of();
        if (same.size() > 1) {
            String others = String.join(" and ", same.subList(1, same.size()));
            faults.add(new ConfigurationFault(
                    map + "." + same.get(0),
                    "is spelled like " + others + " in a variable's name; set it in the file or with --set",
                    source));
        }
        return same.isEmpty() ? spelling.newKey(written) : same.get(0);
    }

    private void put(List<String> path, String value, String source) {
        ConfigNode.Mapping section = root;
        for (String name : path.subList(0, path.size() - 1)) {
            ConfigNode next = section.entries().get(name);
            if (next == null || (next instanceof ConfigNode.Scalar scalar && scalar.isNull())) {
                next = new ConfigNode.Mapping(new LinkedHashMap<>(), source);
                section.entries().put(name, next);
            }
            if (!(next instanceof ConfigNode.Mapping mapping)) {
                return; // A value where a section belongs: the reader reports it.
            }
            section = mapping;
        }
        section.entries().put(path.get(path.size() - 1), new ConfigNode.Scalar(value, false, source));
    }

    private static List<String> split(String name) {
        return List.of(name.split("\\.", -1));
    }
}

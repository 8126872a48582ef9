package dev.freshet.service.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Collects what one pass over the settings finds: the settings that exist, the values that were read, the faults. */
public final class SettingsReading {

    /** For further faults no name is suggested: that would take minutes for a file of a million characters. */
    private static final int MAX_SUGGESTIONS = 100;

    private final List<ConfigurationFault> faults;
    private final boolean describing;
    private final List<Setting> declared = new ArrayList<>();
    private final Set<String> names = new LinkedHashSet<>();
    private final Set<ConfigNode> claimed = Collections.newSetFromMap(new IdentityHashMap<>());

    /**
     * @param faults receives the faults
     * @param describing whether settings are only listed, not read
     */
    SettingsReading(List<ConfigurationFault> faults, boolean describing) {
        this.faults = faults;
        this.describing = describing;
    }

    boolean isDescribing() {
        return describing;
    }

    void declare(Setting setting) {
        declared.add(setting);
        name(setting.name());
    }

    void name(String path) {
        names.add(path);
    }

    void claim(ConfigNode node) {
        claimed.add(node);
    }

    void fault(ConfigurationFault fault) {
        faults.add(fault);
    }

    List<Setting> declared() {
        return declared;
    }

    /** Adds a fault for every name in the file that no code has read. */
    void faultUnknown(ConfigNode.Mapping root) {
        faultUnknown("", root);
    }

    private void faultUnknown(String path, ConfigNode.Mapping mapping) {
        for (Map.Entry<String, ConfigNode> entry : mapping.entries().entrySet()) {
            String name = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
            @Nullable ConfigNode value = entry.getValue();
            if (!claimed.contains(value)) {
                faults.add(new ConfigurationFault(name, unknown(name), value.source()));
            } else if (value instanceof ConfigNode.Mapping section) {
                faultUnknown(name, section);
            }
        }
    }

    private String unknown(String name) {
        return names.contains(name)
                ? "must be nested, as in \"" + name.replace(".", ": { ") + ": …" + " }".repeat(dots(name)) + "\""
                : "is not a setting" + (faults.size() < MAX_SUGGESTIONS ? Suggestion.of(name, names) : "");
    }

    private static int dots(String name) {
        return (int) name.chars().filter(c -> c == '.').count();
    }
}

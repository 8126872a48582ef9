package dev.freshet.service.config;

import java.util.List;
import java.util.Map;

/** A part of the configuration as the user wrote it, with its source. */
public sealed interface ConfigNode {

    /** Returns where the part was written, as a clause: "from freshet.yaml, line 3", "from environment FRESHET_HTTP_PORT". */
    String source();

    /**
     * A single value. Its text is not interpreted.
     *
     * @param isNull whether the value is missing ("name:" with nothing after it)
     */
    record Scalar(String text, boolean isNull, String source) implements ConfigNode {
        // Without the text, which may be a secret.
        @Override
        public String toString() {
            return "Scalar[" + source + "]";
        }
    }

    /** A list. */
    record Sequence(List<ConfigNode> items, String source) implements ConfigNode {}

    /** A section: names and their nodes, in the order of the file. Mutable while overrides are merged into it. */
    record Mapping(Map<String, ConfigNode> entries, String source) implements ConfigNode {}
}

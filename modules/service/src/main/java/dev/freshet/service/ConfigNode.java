package dev.freshet.service;

import java.util.List;
import java.util.Map;

/** A piece of configuration as it was written, with where it came from. */
sealed interface ConfigNode {

    /** Where it was written, as a clause: "from freshet.yaml, line 3", "from environment FRESHET_HTTP_PORT". */
    String source();

    /**
     * A single value; its text is not interpreted yet.
     *
     * @param isNull whether it was left out ("name:" with nothing behind it)
     */
    record Scalar(String text, boolean isNull, String source) implements ConfigNode {
        // The text may be a secret.
        @Override
        public String toString() {
            return "Scalar[" + source + "]";
        }
    }

    /** A list. */
    record Sequence(List<ConfigNode> items, String source) implements ConfigNode {}

    /** A section: names and what belongs to them, in the order in which they were written. Mutable while sources merge. */
    record Mapping(Map<String, ConfigNode> entries, String source) implements ConfigNode {}
}

package dev.freshet.benchmarks.footprint;

import java.util.List;
import java.util.Map;

/**
 * Settings to start the subscriber with.
 *
 * @param name the name in tables
 * @param java the path of the Java launcher
 * @param flags its flags
 * @param environment additional environment variables
 * @param settings settings of the subscriber beside those of all variants
 */
record Variant(String name, String java, List<String> flags, Map<String, String> environment, List<String> settings) {

    Variant(String name, String java, List<String> flags, Map<String, String> environment) {
        this(name, java, flags, environment, List.of());
    }
}

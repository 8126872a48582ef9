package dev.freshet.benchmarks.footprint;

import java.util.List;
import java.util.Map;

/**
 * A way to start the subscriber.
 *
 * @param name how the tables call it
 * @param java the launcher
 * @param flags for it
 * @param environment beside what is there anyway
 */
record Variant(String name, String java, List<String> flags, Map<String, String> environment) {}

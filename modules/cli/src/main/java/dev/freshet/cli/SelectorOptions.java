package dev.freshet.cli;

import dev.freshet.schema.Limits;
import dev.freshet.schema.Selector;
import dev.freshet.schema.Syntax;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The options that name what to invalidate. They add up. */
final class SelectorOptions {

    @Option(names = "--key", paramLabel = "KEY", description = "The entry with this key; may be repeated.")
    private List<String> keys = new ArrayList<>();

    @Option(names = "--tag", paramLabel = "TAG", description = "All entries with this tag; may be repeated.")
    private List<String> tags = new ArrayList<>();

    @Option(
            names = "--prefix",
            paramLabel = "PREFIX",
            description = "All entries whose key begins with this; may be repeated.")
    private List<String> prefixes = new ArrayList<>();

    @Option(names = "--all", description = "Every entry of the region.")
    private boolean all;

    /** Returns every fault; empty if the options are valid. */
    List<String> faults() {
        List<String> faults = new ArrayList<>();
        addFaults("--key", keys, faults);
        addFaults("--tag", tags, faults);
        addFaults("--prefix", prefixes, faults);
        if (keys.isEmpty() && tags.isEmpty() && prefixes.isEmpty() && !all) {
            faults.add("nothing to invalidate was given: use --key, --tag, --prefix or --all");
        }
        return faults;
    }

    private static void addFaults(String option, List<String> names, List<String> faults) {
        if (names.size() > Limits.MAX_NAMES_PER_SELECTOR) {
            faults.add(
                    option + " may be given at most " + Limits.MAX_NAMES_PER_SELECTOR + " times, not " + names.size());
        }
        names.forEach(name -> Syntax.faultInName(name).ifPresent(fault -> faults.add(option + " " + fault)));
    }

    boolean hasOnlyKeys() {
        return tags.isEmpty() && prefixes.isEmpty() && !all;
    }

    /** Returns the selectors. Valid only if there are no {@link #faults}. */
    List<Selector> selectors() {
        List<Selector> selectors = new ArrayList<>();
        if (!keys.isEmpty()) {
            selectors.add(new Selector.Keys(keys));
        }
        if (!tags.isEmpty()) {
            selectors.add(new Selector.Tags(tags));
        }
        if (!prefixes.isEmpty()) {
            selectors.add(new Selector.Prefixes(prefixes));
        }
        if (all) {
            selectors.add(Selector.all());
        }
        return selectors;
    }
}

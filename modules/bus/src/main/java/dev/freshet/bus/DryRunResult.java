package dev.freshet.bus;

import java.util.List;

/**
 * What an invalidation would evict.
 *
 * @param members how many live members the region has
 * @param answered how many of them answered in time
 * @param entries how many entries would go, over all members that answered. If the selectors are too many for one question,
 *     an entry that several of them name may count several times
 * @param silent the names of the members that did not answer
 */
public record DryRunResult(int members, int answered, long entries, List<String> silent) {

    public DryRunResult {
        silent = List.copyOf(silent);
    }
}

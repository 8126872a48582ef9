package dev.freshet.bus;

import java.util.List;
import java.util.stream.Stream;

/**
 * What an invalidation would evict.
 *
 * @param members how many live members the region has
 * @param answered how many of them answered in time
 * @param entries how many entries would go, over all that answered. Where the selectors are too many for one question, an
 *     entry that several of them name may count several times
 * @param silent the names of those that did not answer
 */
public record DryRunResult(int members, int answered, long entries, List<String> silent) {

    public DryRunResult {
        silent = List.copyOf(silent);
    }

    /** Both together, of one region at one time. */
    public DryRunResult plus(DryRunResult other) {
        List<String> anySilent = Stream.concat(silent.stream(), other.silent.stream())
                .distinct()
                .sorted()
                .toList();
        int most = Math.max(members, other.members);
        return new DryRunResult(most, Math.max(0, most - anySilent.size()), entries + other.entries, anySilent);
    }
}

package dev.freshet.bus;

import java.util.List;

/**
 * Who applied what was waited for.
 *
 * @param members how many live members the regions have; 0 says that nobody listens
 * @param applied how many of them have applied it
 * @param lagging the names of the others
 */
public record AwaitResult(int members, int applied, List<String> lagging) {

    public AwaitResult {
        lagging = List.copyOf(lagging);
    }

    /** Whether every live member has applied it. */
    public boolean isComplete() {
        return lagging.isEmpty();
    }
}

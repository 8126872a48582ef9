package dev.freshet.bus;

import java.util.List;

/**
 * Which members applied the changes that were waited for.
 *
 * @param members how many live members the regions have; 0 if nothing subscribes
 * @param applied how many of them have applied the changes
 * @param lagging the names of the others
 */
public record AwaitResult(int members, int applied, List<String> lagging) {

    public AwaitResult {
        lagging = List.copyOf(lagging);
    }

    /** Whether every live member has applied the changes. */
    public boolean isComplete() {
        return lagging.isEmpty();
    }
}

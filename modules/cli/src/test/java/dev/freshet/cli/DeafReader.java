package dev.freshet.cli;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;

/** A member that has nothing to evict. */
final class DeafReader implements RegionReader {

    @Override
    public void apply(LoggedRecord record) {}

    @Override
    public void reset(ResetReason reason) {}

    @Override
    public void joined() {}
}

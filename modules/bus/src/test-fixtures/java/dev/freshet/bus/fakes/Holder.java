package dev.freshet.bus.fakes;

import dev.freshet.bus.HeldEntry;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;
import dev.freshet.schema.Selector;
import java.util.List;
import java.util.Map;

/** A reader that applies nothing, and answers questions as it was told. */
public class Holder implements RegionReader {

    private final long named;
    private final Map<String, String> description;
    private final HeldEntry entry;

    /**
     * Creates one.
     *
     * @param named how many entries it says that any selectors name
     * @param description what it tells of itself
     * @param entry what it holds
     */
    public Holder(long named, Map<String, String> description, HeldEntry entry) {
        this.named = named;
        this.description = description;
        this.entry = entry;
    }

    @Override
    public void apply(LoggedRecord record) {}

    @Override
    public void reset(ResetReason reason) {}

    @Override
    public void joined() {}

    @Override
    public long count(List<Selector> selectors) {
        return named;
    }

    @Override
    public Map<String, String> describe() {
        return description;
    }

    @Override
    public List<HeldEntry> held(List<Selector> selectors, int limit) {
        return limit > 0 ? List.of(entry) : List.of();
    }
}

package dev.freshet.publisher.console;

import dev.freshet.bus.BusException;
import dev.freshet.bus.admin.FleetReader;
import dev.freshet.bus.admin.FleetReader.RegionRows;
import dev.freshet.service.log.Secrets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks at all regions again and again: their heads and members' rows at each look, and what members answer about themselves in turn. Belongs
 * to the console's thread, which may block.
 */
final class FleetWatch {

    /** So many regions are looked at; the others are counted. */
    private static final int MAX_REGIONS = 200;

    /** So many members are asked at each look, those of regions that somebody shows first. */
    private static final int MAX_ASKED = 200;

    /** The names of regions are read again after so many looks. */
    private static final int LOOKS_PER_LISTING = 10;

    private final Supplier<FleetReader> opener;
    private final LongSupplier wallMillis;
    private final Map<String, RegionWatch> regions = new TreeMap<>();
    private final Map<String, LogTail> tails = new HashMap<>();
    private final Map<String, LogTail.Look> looks = new HashMap<>();
    private @Nullable FleetReader fleet;
    private @Nullable String fault;
    private int omitted;
    private int looksDone;
    private int nextToAsk;

    /** @param opener makes what reads Redis */
    FleetWatch(Supplier<FleetReader> opener, LongSupplier wallMillis) {
        this.opener = opener;
        this.wallMillis = wallMillis;
    }

    /**
     * Looks once. If Redis cannot be asked, what was known stays, and {@link #fault} says why.
     *
     * @param shown regions that somebody shows: their logs are read too
     * @return whether Redis could be asked
     */
    boolean look(Set<String> shown) {
        FleetReader reader = reader();
        looks.clear();
        try {
            for (Map.Entry<String, RegionWatch> region : regions.entrySet()) {
                RegionRows rows = reader.region(region.getKey());
                region.getValue().read(rows);
                if (shown.contains(region.getKey())) {
                    LogTail tail = tails.computeIfAbsent(region.getKey(), LogTail::new);
                    looks.put(region.getKey(), tail.look(reader, rows.head()));
                }
            }
            tails.keySet().retainAll(shown);
            ask(reader, shown);
            fault = null;
        } catch (BusException e) {
            fault = Secrets.mask(String.valueOf(e.getMessage()));
        }
        return fault == null;
    }

    private FleetReader reader() {
        FleetReader reader = Objects.requireNonNullElseGet(fleet, opener);
        fleet = reader;
        return reader;
    }

    /** Finds out which regions there are, if it is time to. Comes before each look. If Redis cannot be asked, the look says why. */
    void list() {
        if (looksDone++ % LOOKS_PER_LISTING == 0 || regions.isEmpty()) {
            try {
                list(reader());
            } catch (BusException e) {
                fault = Secrets.mask(String.valueOf(e.getMessage()));
            }
        }
    }

    private void list(FleetReader reader) {
        List<String> names = reader.regions();
        List<String> kept = names.subList(0, Math.min(names.size(), MAX_REGIONS));
        omitted = names.size() - kept.size();
        regions.keySet().retainAll(new HashSet<>(kept));
        kept.forEach(name -> regions.computeIfAbsent(name, RegionWatch::new));
    }

    /** Takes in the answers to the last questions, and asks again: those of shown regions at every other look, the others in turn. */
    private void ask(FleetReader reader, Set<String> shown) {
        int budget = MAX_ASKED;
        for (String name : order(shown)) {
            RegionWatch region = regions.get(name);
            RegionRows rows = region == null ? null : region.rows();
            if (region == null || rows == null) {
                continue;
            }
            FleetReader.Asked question = region.asked();
            if (question != null) {
                region.answered(reader.answers(question), wallMillis.getAsLong());
            } else if (budget > 0 && !rows.members().isEmpty()) {
                budget -= rows.members().size();
                region.asks(reader.ask(name, null, List.of()));
            }
        }
    }

    private List<String> order(Set<String> shown) {
        List<String> first = new ArrayList<>(shown);
        List<String> others = new ArrayList<>(regions.keySet());
        others.removeAll(shown);
        for (int i = 0; i < others.size(); i++) {
            first.add(others.get(Math.floorMod(nextToAsk + i, others.size())));
        }
        nextToAsk += Math.max(1, MAX_ASKED / 4);
        return first;
    }

    /** Returns all regions as they are known, by name. */
    Map<String, RegionSnapshot> snapshots() {
        Map<String, RegionSnapshot> snapshots = new TreeMap<>();
        for (RegionWatch region : regions.values()) {
            RegionSnapshot snapshot = region.snapshot();
            if (snapshot != null) {
                snapshots.put(snapshot.name(), snapshot);
            }
        }
        return snapshots;
    }

    /** Returns what the last look found in the log of a region that is shown. */
    LogTail.Look newRecords(String region) {
        return looks.getOrDefault(region, LogTail.Look.NOTHING);
    }

    /** Returns the tail of a region that is shown; null before it was read. */
    @Nullable
    LogTail tail(String region) {
        return tails.get(region);
    }

    Collection<String> names() {
        return regions.keySet();
    }

    /** Returns how many regions are not looked at. */
    int omitted() {
        return omitted;
    }

    /** Returns why the last look failed, or null. */
    @Nullable
    String fault() {
        return fault;
    }

    /** Forgets everything, and disconnects. */
    void close() {
        regions.clear();
        tails.clear();
        looks.clear();
        looksDone = 0;
        FleetReader open = fleet;
        fleet = null;
        if (open != null) {
            open.close();
        }
    }
}

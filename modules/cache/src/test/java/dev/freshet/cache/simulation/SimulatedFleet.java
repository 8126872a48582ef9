package dev.freshet.cache.simulation;

import dev.freshet.bus.internal.member.MemberRow;
import dev.freshet.schema.Position;
import java.util.List;
import java.util.Map;

/** What the production's fleet concludes from members rows, for a simulation that has written some. */
public final class SimulatedFleet {

    private SimulatedFleet() {}

    /** The live members that have not applied a position, by the rows of a region's members hash. */
    public static List<String> lagging(Map<String, String> rows, Position target, long nowMicros) {
        return rows.entrySet().stream()
                .map(row -> MemberRow.parse(row.getKey(), row.getValue()))
                .filter(row -> row != null && row.member().isLive(nowMicros))
                .filter(row -> row != null && !row.member().hasApplied(target, nowMicros))
                .map(row -> row == null ? "" : row.member().id())
                .toList();
    }
}

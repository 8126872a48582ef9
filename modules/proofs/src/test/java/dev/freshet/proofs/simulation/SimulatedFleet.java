package dev.freshet.proofs.simulation;

import dev.freshet.bus.internal.member.MemberRow;
import dev.freshet.schema.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the production's fleet concludes from members rows, for a simulation that has written some. */
public final class SimulatedFleet {

    private SimulatedFleet() {}

    /**
     * The live members that have not applied a position, by the rows of a region's members hash.
     *
     * @param loggedAtMicros when it was appended, by the clock of the server that logged it
     */
    public static List<String> lagging(Map<String, String> rows, Position target, long loggedAtMicros, long nowMicros) {
        return rows.entrySet().stream()
                .map(row -> MemberRow.parse(row.getKey(), row.getValue()))
                .filter(row -> row != null && row.member().isLive(nowMicros))
                .filter(row -> row != null && !row.member().hasApplied(target, loggedAtMicros))
                .map(row -> row == null ? "" : row.member().id())
                .toList();
    }

    /** The members that are live. */
    public static List<String> live(Map<String, String> rows, long nowMicros) {
        return rows.entrySet().stream()
                .map(row -> MemberRow.parse(row.getKey(), row.getValue()))
                .filter(row -> row != null && row.member().isLive(nowMicros))
                .map(row -> row == null ? "" : row.member().id())
                .toList();
    }

    /** The live members that say they have applied a position. */
    public static List<String> applied(Map<String, String> rows, Position target, long loggedAtMicros, long nowMicros) {
        List<String> applied = new ArrayList<>();
        rows.forEach((id, text) -> {
            MemberRow row = MemberRow.parse(id, text);
            if (row != null && row.member().isLive(nowMicros) && row.member().hasApplied(target, loggedAtMicros)) {
                applied.add(id);
            }
        });
        return applied;
    }
}

package dev.freshet.bus;

import dev.freshet.schema.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A region as its head and its members rows describe it.
 *
 * @param region the region
 * @param head the position of the last record, or null if there is no log
 * @param logRecords how many records the log holds
 * @param members the live members, by name
 */
public record RegionView(String region, @Nullable Position head, long logRecords, List<Member> members) {

    public RegionView {
        members = List.copyOf(members);
    }
}

package dev.freshet.publisher.console;

import dev.freshet.bus.HeldEntry;
import dev.freshet.bus.admin.FleetReader.Answer;
import dev.freshet.bus.admin.LogReader.Entry;
import dev.freshet.publisher.console.RegionSnapshot.Point;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Position;
import dev.freshet.schema.RecordHeader;
import dev.freshet.schema.Selector;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Writes what the page shows. Values are never in it; names only as {@link ShownNames} gives them. Stateless. */
final class ConsoleJson {

    private static final int MAX_NAMES = 50;

    private ConsoleJson() {}

    /** The row of a region in the table of all. */
    static JsonObject summary(RegionSnapshot region) {
        return new JsonObject()
                .put("name", region.name())
                .put("head", textOf(region.head()))
                .put("logRecords", region.logRecords())
                .put("members", region.members().size())
                .put("unconfirmed", region.unconfirmed())
                .put("entries", region.sum("entries"))
                .put("resets", region.sum("resets"))
                .put("rate", region.recordsPerSecond())
                .put("p50", orNull(region.p50Micros()))
                .put("p99", orNull(region.p99Micros()))
                .put("hitRate", region.hitRate().isPresent() ? region.hitRate().getAsDouble() : null);
    }

    /** Everything about the members of a region. */
    static JsonArray members(RegionSnapshot region) {
        JsonArray members = new JsonArray();
        for (MemberSnapshot member : region.members()) {
            long ageMicros = member.confirmedAgeMicros();
            String broken = member.words().getOrDefault("broken", "");
            members.add(new JsonObject()
                    .put("id", member.row().id())
                    .put("name", member.row().name())
                    .put("live", member.isLive())
                    .put("confirmed", member.isConfirmed())
                    .put("position", textOf(member.row().position()))
                    .put("lag", member.lagRecords() < 0 ? null : member.lagRecords())
                    .put("confirmedAge", ageMicros < 0 ? null : ageMicros / 1e6)
                    .put("seenAge", member.seenAgeMicros() / 1e6)
                    .put("serving", member.words().get("serving"))
                    .put("subscription", member.words().get("subscription"))
                    .put("trouble", member.words().get("trouble"))
                    .put("version", member.words().get("version"))
                    .put("entries", member.number("entries", -1))
                    .put("hits", member.number("hits", -1))
                    .put("misses", member.number("misses", -1))
                    .put("resets", member.number("resets", -1))
                    .put(
                            "cannotPromise",
                            new JsonArray(
                                    broken.isEmpty() ? List.of() : Arrays.asList((Object[]) broken.split(",", -1)))));
        }
        return members;
    }

    /** The curve of the stale window. */
    static JsonArray points(List<Point> points) {
        JsonArray list = new JsonArray();
        points.forEach(point -> list.add(new JsonArray()
                .add(point.atMillis())
                .add(orNull(point.p50Micros()))
                .add(orNull(point.p99Micros()))));
        return list;
    }

    /** A record of a log. */
    static JsonObject record(String region, Entry entry, ShownNames names) {
        JsonObject json = new JsonObject();
        if (entry.decoded() instanceof Decoded.Intact intact) {
            header(json, intact.header());
            json.put("origin", intact.body().origin());
            JsonArray invalidations = new JsonArray();
            for (Invalidation invalidation : intact.body().invalidations()) {
                invalidations.add(selector(region, invalidation.selector(), names)
                        .put("changedAt", invalidation.changedAtMicros())
                        .put("acceptedAt", invalidation.acceptedAtMicros())
                        .put(
                                "version",
                                invalidation.version().isPresent()
                                        ? invalidation.version().getAsLong()
                                        : null)
                        .put(
                                "traceId",
                                invalidation.trace() == null
                                        ? null
                                        : invalidation.trace().traceId()));
            }
            return json.put("invalidations", invalidations);
        }
        if (entry.decoded() instanceof Decoded.Unreadable unreadable) {
            header(json, unreadable.header());
            return json.put("unreadable", unreadable.refusal().name());
        }
        return json.put("position", "?-" + entry.sequence())
                .put("unreadable", ((Decoded.Foreign) entry.decoded()).refusal().name());
    }

    private static void header(JsonObject json, RecordHeader header) {
        json.put("position", header.position().toString())
                .put("sequence", header.position().sequence())
                .put("loggedAt", header.loggedAtMicros())
                .put("awaited", header.awaited());
    }

    /** A selector: its kind and its names, of which there may be more than are shown. */
    static JsonObject selector(String region, Selector selector, ShownNames names) {
        List<String> all = selector.names();
        return new JsonObject()
                .put("kind", selector.kind().label())
                .put("count", all.size())
                .put(
                        "names",
                        new JsonArray(
                                names.of(region, all.stream().limit(MAX_NAMES).toList())));
    }

    /** What one member holds. */
    static JsonObject held(String region, String member, Answer answer, ShownNames names) {
        JsonArray entries = new JsonArray();
        for (HeldEntry entry : answer.entries()) {
            entries.add(new JsonObject()
                    .put("key", names.of(region, entry.key()))
                    .put("state", entry.state())
                    .put("age", entry.ageMicros() / 1e6)
                    .put(
                            "expiresIn",
                            entry.expiresInMicros().isPresent()
                                    ? entry.expiresInMicros().getAsLong() / 1e6
                                    : null)
                    .put("version", orNull(entry.version()))
                    .put("tags", new JsonArray(names.of(region, entry.tags()))));
        }
        String named = answer.words().get("named");
        return new JsonObject()
                .put("name", member)
                .put("serving", answer.words().get("serving"))
                .put("readable", named == null || !named.matches("[0-9]{1,18}") ? null : Long.valueOf(named))
                .put("entries", entries);
    }

    private static @Nullable Long orNull(OptionalLong value) {
        return value.isPresent() ? value.getAsLong() : null;
    }

    private static @Nullable String textOf(@Nullable Position position) {
        return position == null ? null : position.toString();
    }
}

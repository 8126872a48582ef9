package dev.freshet.cli;

import dev.freshet.bus.admin.LogReader.Entry;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordHeader;
import dev.freshet.schema.Selector;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Formats records, for people and for programs. */
final class RecordText {

    private RecordText() {}

    /** Formats one record as a line: position, time of the append, origin, invalidations. */
    static String line(Entry entry) {
        Decoded decoded = entry.decoded();
        if (decoded instanceof Decoded.Intact intact) {
            return start(intact.header()) + "  " + printable(intact.body().origin()) + "  "
                    + intact.body().invalidations().stream()
                            .map(invalidation -> text(invalidation, intact.header()))
                            .collect(Collectors.joining("; "));
        }
        if (decoded instanceof Decoded.Unreadable unreadable) {
            return start(unreadable.header()) + "  unreadable: " + unreadable.refusal() + ", " + unreadable.detail();
        }
        Decoded.Foreign foreign = (Decoded.Foreign) decoded;
        return "entry " + entry.sequence() + "  not a record: " + foreign.refusal() + ", " + foreign.detail();
    }

    private static String start(RecordHeader header) {
        return header.position() + "  " + Times.instant(header.loggedAtMicros())
                + (header.awaited() ? "  awaited" : "");
    }

    private static String text(Invalidation invalidation, RecordHeader header) {
        StringBuilder text = new StringBuilder();
        Selector selector = invalidation.selector();
        text.append(selector.kind().label());
        selector.names().forEach(name -> text.append(' ').append(printable(name)));
        invalidation.version().ifPresent(version -> text.append(" version ").append(version));
        long ageMicros = header.loggedAtMicros() - invalidation.changedAtMicros();
        text.append(" (changed ")
                .append(ageMicros >= 0 ? Times.micros(ageMicros) + " before" : Times.micros(-ageMicros) + " after");
        if (invalidation.trace() != null) {
            text.append(", trace ").append(invalidation.trace().traceId());
        }
        return text.append(')').toString();
    }

    /** Formats one record as a JSON object with all of its fields. */
    static String json(String region, Entry entry) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("region", region);
        Decoded decoded = entry.decoded();
        if (decoded instanceof Decoded.Intact intact) {
            putHeader(object, intact.header());
            RecordBody body = intact.body();
            object.put("origin", body.origin());
            body.clockErrorMicros().ifPresent(micros -> object.put("clockErrorMicros", micros));
            object.put(
                    "invalidations",
                    body.invalidations().stream().map(RecordText::asMap).toList());
        } else if (decoded instanceof Decoded.Unreadable unreadable) {
            putHeader(object, unreadable.header());
            object.put("unreadable", unreadable.refusal().name());
            object.put("detail", unreadable.detail());
        } else if (decoded instanceof Decoded.Foreign foreign) {
            object.put("entry", entry.sequence());
            object.put("foreign", foreign.refusal().name());
            object.put("detail", foreign.detail());
        }
        return Json.line(object);
    }

    private static void putHeader(Map<String, Object> object, RecordHeader header) {
        object.put("position", header.position().toString());
        object.put("loggedAt", Times.instant(header.loggedAtMicros()));
        object.put("awaited", header.awaited());
    }

    private static Map<String, Object> asMap(Invalidation invalidation) {
        Map<String, Object> map = new LinkedHashMap<>();
        Json.put(map, invalidation.selector());
        map.put("changedAt", Times.instant(invalidation.changedAtMicros()));
        map.put("acceptedAt", Times.instant(invalidation.acceptedAtMicros()));
        invalidation.version().ifPresent(version -> map.put("version", version));
        if (invalidation.trace() != null) {
            map.put("traceparent", invalidation.trace().toString());
        }
        return map;
    }

    /** Quotes names with control characters, since a terminal could interpret them. */
    private static String printable(String name) {
        boolean plain = name.chars().noneMatch(c -> Character.isISOControl(c) || Character.isWhitespace(c) || c == '"');
        if (plain) {
            return name;
        }
        StringBuilder quoted = new StringBuilder("\"");
        name.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append((char) c);
            } else if (Character.isISOControl(c)) {
                quoted.append(String.format("\\u%04x", c));
            } else {
                quoted.append((char) c);
            }
        });
        return quoted.append('"').toString();
    }
}

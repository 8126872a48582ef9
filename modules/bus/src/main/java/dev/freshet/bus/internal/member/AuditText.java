package dev.freshet.bus.internal.member;

import dev.freshet.bus.Audited;
import dev.freshet.bus.AuditedEntry;
import dev.freshet.bus.MemberAudit;
import dev.freshet.schema.Position;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A member's answer to a question for entries: a line {@code position matching}, then one line for each entry that it names, whose
 * words are its key, when it was stored, its version, as of when it is confirmed, its value's hash, and its tags. A word that says
 * nothing is a hyphen. A member that cannot tell answers {@code cannot} and why.
 */
public final class AuditText {

    private static final String NONE = "-";
    private static final String CANNOT = "cannot ";
    private static final int ENTRY_WORDS = 5;

    private AuditText() {}

    /** Returns the answer of a member that cannot tell. */
    public static String cannot(String whyNot) {
        return CANNOT + whyNot;
    }

    /** Returns the answer of a member. */
    public static String format(@Nullable Position position, Audited held) {
        StringBuilder text = new StringBuilder();
        text.append(position == null ? NONE : position).append(' ').append(held.matching());
        for (AuditedEntry entry : held.entries()) {
            String hash = entry.valueHash();
            text.append('\n')
                    .append(encode(entry.key()))
                    .append(' ')
                    .append(entry.storedAtMicros())
                    .append(' ')
                    .append(
                            entry.version().isPresent()
                                    ? Long.toString(entry.version().getAsLong())
                                    : NONE)
                    .append(' ')
                    .append(entry.confirmedAtMicros())
                    .append(' ')
                    .append(hash == null ? NONE : encode("#" + hash));
            entry.tags().forEach(tag -> text.append(' ').append(encode(tag)));
        }
        return text.toString();
    }

    /**
     * Reads a member's answer.
     *
     * @param text null: there was none in time
     */
    static MemberAudit parse(String id, String name, @Nullable String text) {
        if (text == null) {
            return new MemberAudit(id, name, null, null, null);
        }
        if (text.startsWith(CANNOT)) {
            return new MemberAudit(id, name, null, null, text.substring(CANNOT.length()));
        }
        try {
            String[] lines = text.split("\n", -1);
            String[] first = lines[0].split(" ", -1);
            List<AuditedEntry> entries = new ArrayList<>();
            for (int i = 1; i < lines.length; i++) {
                entries.add(parseEntry(lines[i].split(" ", -1)));
            }
            return new MemberAudit(
                    id,
                    name,
                    first[0].equals(NONE) ? null : Position.parse(first[0]),
                    new Audited(Long.parseLong(first[1]), entries),
                    null);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return new MemberAudit(id, name, null, null, "its answer cannot be read");
        }
    }

    private static AuditedEntry parseEntry(String[] words) {
        List<String> tags = new ArrayList<>();
        for (int i = ENTRY_WORDS; i < words.length; i++) {
            tags.add(decode(words[i]));
        }
        return new AuditedEntry(
                decode(words[0]),
                Long.parseLong(words[1]),
                words[2].equals(NONE) ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(words[2])),
                tags,
                Long.parseLong(words[3]),
                words[4].equals(NONE) ? null : decode(words[4]).substring(1));
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}

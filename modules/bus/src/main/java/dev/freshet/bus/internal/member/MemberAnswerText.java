package dev.freshet.bus.internal.member;

import dev.freshet.bus.HeldEntry;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The text of an answer to an {@link MemberMessage.Inspection}: the member's id and words {@code name=value}, separated by one space;
 * then a line of such words for each entry. Values are percent-encoded. A reader skips words that it does not know.
 */
public final class MemberAnswerText {

    /**
     * An answer.
     *
     * @param memberId who answers
     * @param words what it says about itself
     * @param entries what it holds
     */
    public record Answer(String memberId, Map<String, String> words, List<HeldEntry> entries) {

        public Answer {
            words = Map.copyOf(words);
            entries = List.copyOf(entries);
        }
    }

    private MemberAnswerText() {}

    /** Returns the text behind the member's id and a space. */
    public static String format(Map<String, String> words, List<HeldEntry> entries) {
        StringBuilder text = new StringBuilder(line(words));
        for (HeldEntry entry : entries) {
            Map<String, String> said = new HashMap<>();
            said.put("key", entry.key());
            said.put("state", entry.state());
            said.put("age", Long.toString(entry.ageMicros()));
            entry.expiresInMicros().ifPresent(micros -> said.put("expires", Long.toString(micros)));
            entry.version().ifPresent(version -> said.put("version", Long.toString(version)));
            said.put("tags", entry.tags().stream().map(MemberAnswerText::encode).collect(Collectors.joining(",")));
            text.append('\n').append(line(said));
        }
        return text.toString();
    }

    private static String line(Map<String, String> words) {
        return words.entrySet().stream()
                .map(word -> word.getKey() + "=" + encode(word.getValue()))
                .sorted()
                .collect(Collectors.joining(" "));
    }

    /** Reads an answer, or returns null if the text is none. */
    public static @Nullable Answer parse(String text) {
        int space = text.indexOf(' ');
        if (space <= 0) {
            return null;
        }
        String[] lines = text.substring(space + 1).split("\n", -1);
        try {
            List<HeldEntry> entries = new ArrayList<>();
            for (int i = 1; i < lines.length; i++) {
                entries.add(entry(words(lines[i])));
            }
            return new Answer(text.substring(0, space), words(lines[0]), entries);
        } catch (IllegalArgumentException e) {
            return null; // no member of ours wrote it
        }
    }

    private static HeldEntry entry(Map<String, String> words) {
        String tags = words.getOrDefault("tags", "");
        return new HeldEntry(
                words.getOrDefault("key", ""),
                words.getOrDefault("state", ""),
                Long.parseLong(words.getOrDefault("age", "0")),
                number(words.get("expires")),
                number(words.get("version")),
                tags.isEmpty()
                        ? List.of()
                        : Arrays.stream(tags.split(",", -1))
                                .map(MemberAnswerText::decode)
                                .toList());
    }

    private static OptionalLong number(@Nullable String text) {
        return text == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
    }

    private static Map<String, String> words(String line) {
        Map<String, String> words = new HashMap<>();
        for (String word : line.split(" ", -1)) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                words.put(word.substring(0, equals), decode(word.substring(equals + 1)));
            }
        }
        return words;
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}

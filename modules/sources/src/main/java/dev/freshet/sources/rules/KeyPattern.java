package dev.freshet.sources.rules;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Matches keys and names their parts: {@code product:{id}:price}, {@code cart:*}. A name in braces matches at least one
 * character, a star any number. Each part matches as little as possible, the last one the rest. The whole key has the name
 * {@code key}. A literal brace or star is written twice. Immutable.
 */
public final class KeyPattern {

    /** The name of the whole key. */
    public static final String WHOLE = "key";

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final String STAR = "*";

    private final String text;

    /** The texts around the variable parts: one more than there are parts. */
    private final List<String> literals;

    /** The variable parts, each a name or a star. */
    private final List<String> parts;

    private KeyPattern(String text, List<String> literals, List<String> parts) {
        this.text = text;
        this.literals = List.copyOf(literals);
        this.parts = List.copyOf(parts);
    }

    /**
     * Parses a pattern.
     *
     * @throws IllegalArgumentException if the text is not a pattern; the message says what it must be
     */
    public static KeyPattern parse(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("must not be empty");
        }
        List<String> literals = new ArrayList<>();
        List<String> parts = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            boolean isSpecial = c == '{' || c == '}' || c == '*';
            boolean isDoubled = i + 1 < text.length() && text.charAt(i + 1) == c;
            if (!isSpecial || isDoubled) {
                literal.append(c);
                i += isSpecial ? 2 : 1;
                continue;
            }
            if (c == '}') {
                throw fault(text, "closes a brace that is not open; write }} for a brace");
            }
            if (literal.isEmpty() && !parts.isEmpty()) {
                throw fault(text, "has two variable parts without text between them; write a text that separates them");
            }
            literals.add(literal.toString());
            literal.setLength(0);
            int end = c == '*' ? i : text.indexOf('}', i);
            String part = c == '*' ? STAR : end < 0 ? "" : text.substring(i + 1, end);
            if (c != '*' && (!NAME.matcher(part).matches() || part.equals(WHOLE) || parts.contains(part))) {
                throw fault(
                        text,
                        "must have names of letters, digits and _ in its braces, each name once and none of them "
                                + WHOLE + "; write {{ for a brace");
            }
            parts.add(part);
            i = end + 1;
        }
        literals.add(literal.toString());
        return new KeyPattern(text, literals, parts);
    }

    private static IllegalArgumentException fault(String text, String clause) {
        return new IllegalArgumentException(
                "must be a pattern like product:{id} or product:*, but \"" + text + "\" " + clause);
    }

    /** Returns what is wrong with a pattern ("must …"), or null if it is valid. */
    public static @Nullable String faultIn(String text) {
        try {
            parse(text);
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    /** Returns the names that a match has values for: those in braces, and {@value #WHOLE}. */
    public List<String> names() {
        List<String> names = new ArrayList<>(parts);
        names.removeIf(STAR::equals);
        names.add(WHOLE);
        return names;
    }

    /** Returns what every key that matches begins with; empty if the pattern begins with a variable part. */
    public String prefix() {
        return literals.get(0);
    }

    /** Whether different texts match. */
    public boolean isVariable() {
        return !parts.isEmpty();
    }

    /** Returns a pattern as Redis writes them that matches all that this one does: each variable part is a star. */
    public String glob() {
        return literals.stream()
                .map(literal -> literal.replaceAll("[*?\\[\\]^\\\\]", "\\\\$0"))
                .collect(Collectors.joining("*"));
    }

    /** Whether {@link #glob} matches a text. */
    public boolean matchesGlob(String text) {
        return new KeyPattern(
                                this.text,
                                literals,
                                parts.stream().map(part -> STAR).toList())
                        .match(text)
                != null;
    }

    /** Returns the values of the names, or null if the key does not match. Takes time linear in the length of the key. */
    @Nullable
    public Map<String, String> match(String key) {
        if (!key.startsWith(literals.get(0))) {
            return null;
        }
        Map<String, String> values = new HashMap<>();
        int at = literals.get(0).length();
        for (int i = 0; i < parts.size(); i++) {
            String part = parts.get(i);
            String next = literals.get(i + 1);
            int least = at + (part.equals(STAR) ? 0 : 1);
            // The last part matches all up to the end, each other part as little as possible. So there is no
            // backtracking.
            int end = i == parts.size() - 1 ? key.length() - next.length() : key.indexOf(next, least);
            if (end < least || !key.startsWith(next, end)) {
                return null;
            }
            if (!part.equals(STAR)) {
                values.put(part, key.substring(at, end));
            }
            at = end + next.length();
        }
        if (at != key.length()) {
            return null;
        }
        values.put(WHOLE, key);
        return values;
    }

    @Override
    public String toString() {
        return text;
    }
}

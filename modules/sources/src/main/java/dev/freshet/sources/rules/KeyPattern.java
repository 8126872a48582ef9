package dev.freshet.sources.rules;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What keys look like, and the names of their parts: {@code product:{id}:price}, {@code cart:*}. A name in braces stands for
 * at least one character, a star for any number; each takes no more than it must, the last one the rest. All of the key is called {@code key}. Braces and
 * stars themselves are written twice. Immutable.
 */
public final class KeyPattern {

    /** What all of the key is called. */
    public static final String WHOLE = "key";

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final String STAR = "*";

    private final String text;

    /** The texts around the open parts; one more than there are of those. */
    private final List<String> literals;

    /** The open parts, each a name or a star. */
    private final List<String> parts;

    private KeyPattern(String text, List<String> literals, List<String> parts) {
        this.text = text;
        this.literals = List.copyOf(literals);
        this.parts = List.copyOf(parts);
    }

    /**
     * Reads a pattern.
     *
     * @throws IllegalArgumentException with a clause ("must …"), if it is not one
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
                throw fault(text, "has two open parts side by side, which could be parted anywhere");
            }
            literals.add(literal.toString());
            literal.setLength(0);
            int end = c == '*' ? i : text.indexOf('}', i);
            String part = c == '*' ? STAR : end < 0 ? "" : text.substring(i + 1, end);
            if (c != '*' && (!NAME.matcher(part).matches() || part.equals(WHOLE) || parts.contains(part))) {
                throw fault(
                        text,
                        "must have between its braces a name of letters, digits and _, each another one and none of them "
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

    /** Returns what is wrong with a pattern as a clause, or null if nothing is. */
    public static @Nullable String faultIn(String text) {
        try {
            parse(text);
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    /** The names that a match gives values to: those in braces, and {@value #WHOLE}. */
    public List<String> names() {
        List<String> names = new ArrayList<>(parts);
        names.removeIf(STAR::equals);
        names.add(WHOLE);
        return names;
    }

    /** Returns the values of the names, or null if the key does not look like this. Takes time by the key's length only. */
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
            // The last part takes all up to the end; each other one no more than it must, so nothing is ever tried
            // twice.
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

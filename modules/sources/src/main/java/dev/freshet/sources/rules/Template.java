package dev.freshet.sources.rules;

import dev.freshet.schema.Syntax;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A text with columns in braces, like {@code product:{id}}. A literal brace is written twice. Immutable. */
public final class Template {

    private final String text;
    private final List<Part> parts;

    private record Part(String text, boolean isColumn) {}

    /** The result of rendering a template with a row. */
    sealed interface Rendered {}

    /** A valid name. */
    record Name(String name) implements Rendered {}

    /** A column is null: the template selects nothing. */
    record Nothing() implements Rendered {}

    /** The name cannot be determined. */
    record Unknown(String reason) implements Rendered {}

    /**
     * The database did not report a column's value.
     *
     * @param prefix what the name begins with; empty if that is unknown too
     */
    record Hidden(String prefix, String reason) implements Rendered {}

    private static final Rendered NOTHING = new Nothing();

    private Template(String text, List<Part> parts) {
        this.text = text;
        this.parts = parts;
    }

    /**
     * Parses a template.
     *
     * @throws IllegalArgumentException if the text is not a template; the message says what it must be
     */
    public static Template parse(String text) {
        List<Part> parts = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            boolean isDoubled = i + 1 < text.length() && text.charAt(i + 1) == c;
            if ((c == '{' || c == '}') && isDoubled) {
                literal.append(c);
                i += 2;
            } else if (c == '}') {
                throw fault(text, "closes a brace that is not open at character " + (i + 1) + "; write }} for a brace");
            } else if (c != '{') {
                literal.append(c);
                i++;
            } else {
                int end = text.indexOf('}', i);
                if (end < 0) {
                    throw fault(text, "does not close the brace at character " + (i + 1) + "; write {{ for a brace");
                }
                if (!literal.isEmpty()) {
                    parts.add(new Part(literal.toString(), false));
                    literal.setLength(0);
                }
                parts.add(new Part(column(text, text.substring(i + 1, end)), true));
                i = end + 1;
            }
        }
        if (!literal.isEmpty()) {
            parts.add(new Part(literal.toString(), false));
        }
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("must not be empty");
        }
        return new Template(text, List.copyOf(parts));
    }

    /** Returns what is wrong with a template ("must …"), or null if it is valid. */
    public static @Nullable String faultIn(String text) {
        try {
            parse(text);
            return null;
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    private static String column(String text, String column) {
        if (column.isEmpty()) {
            throw fault(text, "has no column between its braces");
        }
        for (int i = 0; i < column.length(); i++) {
            char c = column.charAt(i);
            if (!Character.isLetterOrDigit(c) && c != '_' && c != '$') {
                throw fault(
                        text,
                        "has \"" + column + "\" between its braces; write the name of a column there"
                                + " (letters, digits, _ and $)");
            }
        }
        return column;
    }

    private static IllegalArgumentException fault(String text, String clause) {
        return new IllegalArgumentException("must be a template like product:{id}, but \"" + text + "\" " + clause);
    }

    /** Returns the columns that the template names, in order. */
    public List<String> columns() {
        return parts.stream().filter(Part::isColumn).map(Part::text).distinct().toList();
    }

    /** Returns the text with a value for each of its columns. */
    public String fill(Map<String, String> values) {
        StringBuilder filled = new StringBuilder();
        parts.forEach(part -> filled.append(part.isColumn() ? values.get(part.text()) : part.text()));
        return filled.toString();
    }

    Rendered render(RowImage row) {
        if (columns().stream().anyMatch(column -> row.knows(column) && row.value(column) == null)) {
            return NOTHING;
        }
        StringBuilder name = new StringBuilder();
        for (Part part : parts) {
            if (!part.isColumn()) {
                name.append(part.text());
                continue;
            }
            if (row.isHidden(part.text())) {
                String prefix = Syntax.faultInName(name.toString()).isEmpty() ? name.toString() : "";
                return new Hidden(prefix, "the database did not report column " + part.text() + " of a row");
            }
            if (!row.knows(part.text())) {
                return new Unknown("column " + part.text() + " does not exist any more");
            }
            Object value = row.value(part.text());
            if (value == null) {
                return NOTHING;
            }
            String written = ColumnText.of(value);
            if (written == null) {
                return new Unknown("column " + part.text() + " has a type that is unfit for names: "
                        + value.getClass().getSimpleName());
            }
            name.append(written);
        }
        String fault = Syntax.faultInName(name.toString()).orElse(null);
        return fault == null ? new Name(name.toString()) : new Unknown("the name of " + text + " " + fault);
    }

    @Override
    public String toString() {
        return text;
    }
}

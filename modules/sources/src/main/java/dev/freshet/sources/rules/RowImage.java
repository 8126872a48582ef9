package dev.freshet.sources.rules;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A row before or after a change. A column may be null, or unknown: databases often report only the key of the former row.
 */
public final class RowImage {

    private final Map<String, @Nullable Object> values;
    private final Set<String> hidden;
    private final boolean isComplete;

    private RowImage(Map<String, @Nullable Object> values, Set<String> hidden, boolean isComplete) {
        this.values = values;
        this.hidden = hidden;
        this.isComplete = isComplete;
    }

    /** Returns an image that has every column of the table. */
    public static RowImage of(Map<String, ? extends @Nullable Object> values) {
        return new RowImage(new HashMap<>(values), Set.of(), true);
    }

    /** Returns an image that has some columns, for example those of the key. All other columns are unknown. */
    public static RowImage partial(Map<String, ? extends @Nullable Object> values) {
        return new RowImage(new HashMap<>(values), Set.of(), false);
    }

    /** Returns this image without the values of some columns, which exist. */
    public RowImage hiding(Set<String> columns) {
        Map<String, @Nullable Object> shown = new HashMap<>(values);
        shown.keySet().removeAll(columns);
        return new RowImage(shown, Set.copyOf(columns), isComplete);
    }

    /** Returns whether the value of a column, or that it is null, is known. */
    public boolean knows(String column) {
        return values.containsKey(column);
    }

    /** Returns whether a column that is unknown may have a value: the database did not report it. */
    boolean isHidden(String column) {
        return !knows(column) && (!isComplete || hidden.contains(column));
    }

    /** Returns the value of a column; null if the column is null or unknown. */
    public @Nullable Object value(String column) {
        return values.get(column);
    }

    Set<String> columns() {
        return values.keySet();
    }
}

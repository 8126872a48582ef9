package dev.freshet.sources.rules;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A row as it was before a change, or as it is after. A column may be null, or not known: databases often tell of the former
 * row only its key.
 */
public final class RowImage {

    private final Map<String, @Nullable Object> values;
    private final boolean isComplete;

    private RowImage(Map<String, @Nullable Object> values, boolean isComplete) {
        this.values = values;
        this.isComplete = isComplete;
    }

    /** An image that holds every column of the table. */
    public static RowImage of(Map<String, ? extends @Nullable Object> values) {
        return new RowImage(new HashMap<>(values), true);
    }

    /** An image that holds some columns, for example those of the key; of the others nothing is known. */
    public static RowImage partial(Map<String, ? extends @Nullable Object> values) {
        return new RowImage(new HashMap<>(values), false);
    }

    boolean knows(String column) {
        return values.containsKey(column);
    }

    /** Whether a column that is not known does not exist. */
    boolean isComplete() {
        return isComplete;
    }

    @Nullable
    Object value(String column) {
        return values.get(column);
    }

    Set<String> columns() {
        return values.keySet();
    }
}

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
    private final boolean isComplete;

    private RowImage(Map<String, @Nullable Object> values, boolean isComplete) {
        this.values = values;
        this.isComplete = isComplete;
    }

    /** Returns an image that has every column of the table. */
    public static RowImage of(Map<String, ? extends @Nullable Object> values) {
        return new RowImage(new HashMap<>(values), true);
    }

    /** Returns an image that has some columns, for example those of the key. All other columns are unknown. */
    public static RowImage partial(Map<String, ? extends @Nullable Object> values) {
        return new RowImage(new HashMap<>(values), false);
    }

    boolean knows(String column) {
        return values.containsKey(column);
    }

    /** Returns whether the image has every column, so that an unknown column does not exist. */
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

package dev.freshet.sources.debezium;

import dev.freshet.sources.debezium.PostgresTables.Identity;
import dev.freshet.sources.rules.RowImage;
import dev.freshet.sources.rules.TableName;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/**
 * What PostgreSQL reports of a former row: by the table's replica identity all columns, those of an index, or nothing where that
 * index' columns did not change. A column that was not reported is null in the event, like one that was null.
 *
 * <p>An event does not say which replica identity it was written under. The engine writes a column that was not reported as null, and
 * one that may not be null as zero or empty. So a value counts as reported if it is none of these. One outside of every unique index
 * proves that the identity was {@code FULL}; then nulls and zeros count too. The proof holds until the engine builds another schema for
 * the table, which it does after each ALTER TABLE.
 */
final class PostgresFormerRows implements FormerRows {

    /** What stands for a text, a UUID, a document or a moment that was not reported. */
    private static final Pattern EMPTY = Pattern.compile("|\\{}|\\[]|[-0:.]+|1970-01-01.*|P?[0YMDTHS.]*");

    private final Map<TableName, Identity> identities;
    private final String placeholder;
    private final Map<TableName, Schema> provenFull = new HashMap<>();

    /**
     * @param placeholder stands for a value that was not reported because it is stored outside of the row and did not change
     */
    PostgresFormerRows(Map<TableName, Identity> identities, String placeholder) {
        this.identities = Map.copyOf(identities);
        this.placeholder = placeholder;
    }

    @Override
    public RowImage reported(TableName table, Struct before) {
        Map<String, @Nullable Object> known = new HashMap<>();
        Map<String, @Nullable Object> values = ColumnValues.of(before);
        for (Field column : before.schema().fields()) {
            if (isEvident(column.schema(), before.getWithoutDefault(column.name()))) {
                known.put(column.name(), values.get(column.name()));
            }
        }
        if (!identityOf(table).indexed().containsAll(known.keySet())) {
            provenFull.put(table, before.schema());
        }
        // The same object, not an equal one: an equal one may belong to another replica identity.
        return isSame(provenFull.get(table), before.schema()) ? RowImage.of(values) : RowImage.partial(known);
    }

    /** Returns whether a value is none that the engine writes for a column that was not reported. */
    private static boolean isEvident(Schema schema, @Nullable Object value) {
        if (value == null || value.equals(schema.defaultValue())) {
            return false;
        }
        if (schema.isOptional()) {
            return true;
        }
        if (value instanceof Number number) {
            return number.doubleValue() != 0;
        }
        if (value instanceof String text) {
            return !EMPTY.matcher(text).matches();
        }
        return Boolean.TRUE.equals(value);
    }

    @SuppressWarnings("ReferenceEquality")
    private static boolean isSame(@Nullable Schema one, Schema other) {
        return one == other;
    }

    @Override
    public RowImage unreported(TableName table, @Nullable RowImage after) {
        Map<String, @Nullable Object> unchanged = new HashMap<>();
        if (after != null) {
            for (String column : identityOf(table).columns()) {
                if (after.knows(column)) {
                    unchanged.put(column, after.value(column));
                }
            }
        }
        return RowImage.partial(unchanged);
    }

    private Identity identityOf(TableName table) {
        return identities.getOrDefault(table, Identity.UNKNOWN);
    }

    @Override
    public boolean isLeftOut(@Nullable Object value) {
        return placeholder.equals(value);
    }
}

package dev.freshet.sources.debezium;

import dev.freshet.sources.rules.TableName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/** A statement in the binlog that changes tables. Some make rows vanish or appear, and no row event says so. */
final class SchemaChange {

    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/", Pattern.DOTALL);

    /** Statements about whole tables. */
    private static final Pattern WHOLE = Pattern.compile(
            "^\\s*(SET\\s+STATEMENT\\b.*?\\bFOR\\s+)?(DROP|TRUNCATE|RENAME|CREATE)\\b.*",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /** Clauses of ALTER TABLE that move, drop or exchange rows. A column of such a name costs an invalidation too many. */
    private static final Pattern CLAUSE = Pattern.compile(
            "\\b(PARTITION|PARTITIONING|TABLESPACE|IGNORE|VERSIONING|RENAME(?!\\s+(COLUMN|INDEX|KEY)\\b))\\b",
            Pattern.CASE_INSENSITIVE);

    /** Also within a comment that the server executes. */
    private static final Pattern REPLACE = Pattern.compile("\\bOR\\s+REPLACE\\b", Pattern.CASE_INSENSITIVE);

    private static final Pattern DATABASE = Pattern.compile(
            "^\\s*(DROP|CREATE|ALTER)\\b.*?\\b(DATABASE|SCHEMA)\\b.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private SchemaChange() {}

    /**
     * Returns the tables that may have lost or got rows, each as emptied.
     *
     * @param tables those of the rules
     */
    static List<ChangedRow> of(SourceRecord record, Collection<TableName> tables) {
        if (!(record.value() instanceof Struct value)
                || value.schema().field("ddl") == null
                || value.schema().field("source") == null) {
            return List.of();
        }
        Struct source = value.getStruct("source");
        String statement =
                COMMENT.matcher(String.valueOf(value.getString("ddl"))).replaceAll(" ");
        // While the engine reads the definitions at its start, it writes statements that nobody executed.
        if (source == null || isSnapshot(source) || !movesRows(statement)) {
            return List.of();
        }
        Long micros = source.getInt64("ts_us");
        List<ChangedRow> emptied = new ArrayList<>();
        for (TableName table : tables) {
            if (isConcerned(table, statement, value.getString("databaseName"))) {
                emptied.add(new ChangedRow(table, null, null, true, micros == null ? 0 : micros));
            }
        }
        return emptied;
    }

    static boolean isSnapshot(Struct source) {
        String snapshot = source.getString("snapshot");
        return snapshot != null && !snapshot.equals("false");
    }

    static boolean movesRows(String statement) {
        return WHOLE.matcher(statement).matches() || CLAUSE.matcher(statement).find();
    }

    /**
     * Returns whether a statement, as the binlog shows it, may replace one of these tables. The engine ignores {@code CREATE OR
     * REPLACE TABLE} of a table that it knows.
     */
    static boolean replaces(@Nullable String statement, Collection<TableName> tables) {
        return statement != null
                && REPLACE.matcher(statement).find()
                && tables.stream().anyMatch(table -> names(table, statement));
    }

    private static boolean isConcerned(TableName table, String statement, @Nullable String database) {
        if (DATABASE.matcher(statement).matches()) {
            return table.schema().equals(database);
        }
        return names(table, statement);
    }

    private static boolean names(TableName table, String statement) {
        return Pattern.compile("(?<![\\w$])" + Pattern.quote(table.name().toLowerCase(Locale.ROOT)) + "(?![\\w$])")
                .matcher(statement.toLowerCase(Locale.ROOT))
                .find();
    }
}

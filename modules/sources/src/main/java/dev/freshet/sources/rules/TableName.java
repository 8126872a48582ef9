package dev.freshet.sources.rules;

/**
 * A table and its schema (in MySQL and MariaDB: the database).
 *
 * @param schema empty if the database has no schemas
 */
public record TableName(String schema, String name) {

    /**
     * Parses {@code schema.table}, or a table name alone.
     *
     * @param defaultSchema the schema of a table name alone
     * @throws IllegalArgumentException if the text is neither; the message says what it must be
     */
    public static TableName parse(String text, String defaultSchema) {
        int dot = text.indexOf('.');
        if (dot < 0 && !text.isBlank()) {
            return new TableName(defaultSchema, text.strip());
        }
        String schema = dot < 0 ? "" : text.substring(0, dot).strip();
        String name = dot < 0 ? "" : text.substring(dot + 1).strip();
        if (schema.isEmpty() || name.isEmpty() || name.indexOf('.') >= 0) {
            throw new IllegalArgumentException("must be a table or schema.table, not \"" + text + "\"");
        }
        return new TableName(schema, name);
    }

    @Override
    public String toString() {
        return schema.isEmpty() ? name : schema + "." + name;
    }
}

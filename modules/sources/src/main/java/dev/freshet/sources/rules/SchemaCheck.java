package dev.freshet.sources.rules;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Compares rules with the tables and columns of a database, using JDBC's metadata. */
public final class SchemaCheck {

    private static final int MAX_NAMED = 30;

    private final DatabaseMetaData metadata;
    private final boolean schemaIsCatalog;

    private SchemaCheck(DatabaseMetaData metadata, boolean schemaIsCatalog) {
        this.metadata = metadata;
        this.schemaIsCatalog = schemaIsCatalog;
    }

    /** Creates a check that uses this connection. The caller closes the connection. */
    public static SchemaCheck over(Connection connection) throws SQLException {
        DatabaseMetaData metadata = connection.getMetaData();
        return new SchemaCheck(metadata, !metadata.supportsSchemasInTableDefinitions());
    }

    /** Returns the faults of all rules: missing tables and columns, each with the tables or columns that exist. */
    public List<String> faultsIn(RuleSet rules) throws SQLException {
        List<String> faults = new ArrayList<>();
        for (Rule rule : rules.rules()) {
            String what = "rule " + rule.name() + ": table " + rule.table();
            Set<String> columns = columnsOf(rule.table());
            if (columns.isEmpty()) {
                faults.add(
                        what + " does not exist; " + tablesThereAre(rule.table().schema()));
                continue;
            }
            for (String column : rule.columns()) {
                if (!columns.contains(column)) {
                    String templates = rule.templates()
                            .filter(template -> template.columns().contains(column))
                            .map(Template::toString)
                            .collect(Collectors.joining(", "));
                    faults.add(what + " has no column " + column + ", which " + templates + " uses; it has "
                            + named(columns));
                }
            }
        }
        return faults;
    }

    /** Returns the columns of a table, in the database's order; empty if there is no such table. */
    public Set<String> columnsOf(TableName table) throws SQLException {
        Set<String> columns = new LinkedHashSet<>();
        try (ResultSet found = metadata.getColumns(catalog(table.schema()), schema(table.schema()), null, null)) {
            while (found.next()) {
                if (table.name().equals(found.getString("TABLE_NAME"))) {
                    columns.add(found.getString("COLUMN_NAME"));
                }
            }
        }
        return columns;
    }

    /** Returns the tables of a schema, sorted. */
    public Set<TableName> tablesIn(String schema) throws SQLException {
        Set<String> names = new TreeSet<>();
        try (ResultSet found = metadata.getTables(
                catalog(schema), schema(schema), null, new String[] {"TABLE", "PARTITIONED TABLE", "BASE TABLE"})) {
            while (found.next()) {
                names.add(found.getString("TABLE_NAME"));
            }
        }
        return names.stream()
                .map(name -> new TableName(schema, name))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private String tablesThereAre(String schema) throws SQLException {
        Set<TableName> tables = tablesIn(schema);
        String where = schema.isEmpty() ? "the database" : "schema " + schema;
        return tables.isEmpty()
                ? where + " has no tables that this user may see"
                : where + " has " + named(tables.stream().map(TableName::name).toList());
    }

    private static String named(Iterable<String> names) {
        List<String> all = new ArrayList<>();
        names.forEach(all::add);
        String shown = String.join(", ", all.subList(0, Math.min(MAX_NAMED, all.size())));
        return all.size() <= MAX_NAMED ? shown : shown + " and " + (all.size() - MAX_NAMED) + " more";
    }

    private @Nullable String catalog(String schema) {
        return schemaIsCatalog && !schema.isEmpty() ? schema : null;
    }

    /** Returns the search pattern for a schema's name. Underscore and percent are wildcards in it, so they are escaped. */
    private @Nullable String schema(String schema) throws SQLException {
        if (schemaIsCatalog || schema.isEmpty()) {
            return null;
        }
        String escape = metadata.getSearchStringEscape();
        return schema.replace(escape, escape + escape)
                .replace("_", escape + "_")
                .replace("%", escape + "%");
    }
}

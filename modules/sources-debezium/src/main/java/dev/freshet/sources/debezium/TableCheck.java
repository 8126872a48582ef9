package dev.freshet.sources.debezium;

import dev.freshet.sources.SourceException;
import dev.freshet.sources.rules.RuleSet;
import dev.freshet.sources.rules.SchemaCheck;
import dev.freshet.sources.rules.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Compares a source's rules with a database's tables. */
final class TableCheck {

    private TableCheck() {}

    /**
     * Checks the rules against the schema.
     *
     * @throws SourceException naming every fault
     */
    static void requireFit(Connection connection, RuleSet rules) throws SQLException, SourceException {
        List<String> faults = SchemaCheck.over(connection).faultsIn(rules);
        if (!faults.isEmpty()) {
            throw new SourceException(String.join("\n", faults));
        }
    }

    /** Returns the tables in the rules' schemas that no rule names. */
    static Set<TableName> unmapped(Connection connection, RuleSet rules) throws SQLException {
        Set<TableName> unmapped = new HashSet<>();
        for (String schema :
                rules.tables().stream().map(TableName::schema).distinct().toList()) {
            unmapped.addAll(SchemaCheck.over(connection).tablesIn(schema));
        }
        unmapped.removeAll(rules.tables());
        return unmapped;
    }

    /** The rules' tables by name. */
    static List<TableName> sorted(RuleSet rules) {
        return rules.tables().stream()
                .sorted(Comparator.comparing(TableName::toString))
                .toList();
    }

    /** Returns a short text that differs where rules differ. */
    static String digest(RuleSet rules) {
        return Integer.toHexString(rules.rules().toString().hashCode());
    }
}

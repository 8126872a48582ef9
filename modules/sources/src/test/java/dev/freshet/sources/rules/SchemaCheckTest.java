package dev.freshet.sources.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SchemaCheckTest {

    @Test
    void aMissingTableAndAMissingColumnAreNamedWithWhatThereIs() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite::memory:");
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE products (id INTEGER PRIMARY KEY, category INTEGER)");

            List<String> faults = SchemaCheck.over(connection)
                    .faultsIn(new RuleSet(List.of(
                            rule("right", "products", "product:{id}"),
                            rule("wrong", "products", "category:{category_id}"),
                            rule("missing", "productz", "product:{id}"))));

            assertThat(faults)
                    .containsExactly(
                            "rule wrong: table products has no column category_id, which category:{category_id} uses;"
                                    + " it has id, category",
                            "rule missing: table productz does not exist; the database has products");
        }
    }

    private static Rule rule(String name, String table, String key) {
        return new Rule(
                name, new TableName("", table), "products", List.of(Template.parse(key)), List.of(), List.of(), false);
    }
}

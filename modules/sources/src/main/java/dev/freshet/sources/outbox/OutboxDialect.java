package dev.freshet.sources.outbox;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.SQLException;
import java.util.Locale;

/**
 * The SQL that differs between databases.
 *
 * @param createdAtMicros an expression: the row's {@code created_at} in microseconds since 1970
 * @param nowMicros a query: the database's clock in microseconds since 1970; empty: unknown
 * @param lock appended to a query, so that several publishers take different rows; empty: they may take the same row and
 *     publish it twice
 * @param notifies whether the database can notify waiting publishers
 */
record OutboxDialect(String name, String createdAtMicros, String nowMicros, String lock, boolean notifies) {

    private static final String SKIP_LOCKED = " FOR UPDATE SKIP LOCKED";

    static OutboxDialect of(Connection connection) throws SQLException {
        DatabaseMetaData metadata = connection.getMetaData();
        int major = metadata.getDatabaseMajorVersion();
        int minor = metadata.getDatabaseMinorVersion();
        String product = metadata.getDatabaseProductName().toLowerCase(Locale.ROOT);
        return switch (product) {
            case "postgresql" ->
                new OutboxDialect(
                        product,
                        "CAST(extract(epoch FROM created_at) * 1000000 AS bigint)",
                        "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)",
                        SKIP_LOCKED,
                        true);
            case "mariadb" ->
                new OutboxDialect(
                        product,
                        "CAST(UNIX_TIMESTAMP(created_at) * 1000000 AS SIGNED)",
                        "SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)",
                        major > 10 || (major == 10 && minor >= 6) ? SKIP_LOCKED : "",
                        false);
            case "mysql" ->
                new OutboxDialect(
                        product,
                        "CAST(UNIX_TIMESTAMP(created_at) * 1000000 AS SIGNED)",
                        "SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)",
                        major >= 8 ? SKIP_LOCKED : "",
                        false);
            case "sqlite" ->
                new OutboxDialect(
                        product,
                        "CAST(round(unixepoch(created_at, 'subsec') * 1000) AS INTEGER) * 1000",
                        "SELECT CAST(round(unixepoch('now', 'subsec') * 1000) AS INTEGER) * 1000",
                        "",
                        false);
            // For any other database: standard SQL only, and the time of reading counts as the time of the change.
            default -> new OutboxDialect(product, "CAST(NULL AS BIGINT)", "", "", false);
        };
    }
}

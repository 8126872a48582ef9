package dev.freshet.audit;

import dev.freshet.sources.Database;
import dev.freshet.sources.SourceException;
import dev.freshet.sources.rules.KeyPattern;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks a database: the first column of the first row is the value, as bytes or as text in UTF-8. No row, or null, says that there is
 * none. Names of the pattern stand in braces in the query, and are passed as parameters.
 */
public final class SqlTruth implements Truth {

    private static final int QUERY_SECONDS = 5;
    private static final Pattern NAME = Pattern.compile("\\{([A-Za-z_][A-Za-z0-9_]*)}");

    private final KeyPattern keys;
    private final Database database;
    private final String sql;
    private final List<String> parameters = new ArrayList<>();
    private @Nullable Connection connection;

    /**
     * @param keys which keys it knows about, like {@code user:{id}}
     * @param query like {@code SELECT body FROM users WHERE id = {id}}
     */
    public SqlTruth(KeyPattern keys, Database database, String query) {
        this.keys = keys;
        this.database = database;
        Matcher names = NAME.matcher(query);
        while (names.find()) {
            parameters.add(names.group(1));
        }
        this.sql = names.reset().replaceAll("?");
    }

    /** Returns what is wrong with a query ("must …"), or null. */
    public static @Nullable String faultIn(KeyPattern keys, String query) {
        Matcher names = NAME.matcher(query);
        List<String> unknown = new ArrayList<>();
        boolean isAny = false;
        while (names.find()) {
            isAny = true;
            if (!keys.names().contains(names.group(1))) {
                unknown.add(names.group(1));
            }
        }
        if (!isAny) {
            return "must name a part of the key in braces, like SELECT body FROM users WHERE id = {id}";
        }
        return unknown.isEmpty()
                ? null
                : "must use names of the pattern (" + String.join(", ", keys.names()) + "), not "
                        + String.join(", ", unknown);
    }

    @Override
    public Answer read(String key) {
        Map<String, String> values = keys.match(key);
        if (values == null) {
            return Answer.NOT_COVERED;
        }
        try {
            return read(open(), values);
        } catch (SQLException e) {
            close();
            throw new TruthException("the database refuses the query: " + state(e), e);
        } catch (SourceException e) {
            close();
            throw new TruthException(String.valueOf(e.getMessage()), e);
        }
    }

    private Answer read(Connection open, Map<String, String> values) throws SQLException {
        try (PreparedStatement statement = open.prepareStatement(sql)) {
            statement.setQueryTimeout(QUERY_SECONDS);
            statement.setMaxRows(1);
            for (int i = 0; i < parameters.size(); i++) {
                String value = String.valueOf(values.get(parameters.get(i)));
                if (database.product().equals("postgresql")) {
                    // Without a type, so that the server takes it for what the column is.
                    statement.setObject(i + 1, value, Types.OTHER);
                } else {
                    statement.setString(i + 1, value);
                }
            }
            try (ResultSet rows = statement.executeQuery()) {
                if (!rows.next()) {
                    return Answer.ABSENT;
                }
                Object value = rows.getObject(1);
                if (value == null) {
                    return Answer.ABSENT;
                }
                return Answer.of(
                        value instanceof byte[] bytes
                                ? bytes
                                : rows.getString(1).getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private Connection open() throws SourceException, SQLException {
        Connection current = connection;
        if (current == null || current.isClosed()) {
            current = database.connect();
            connection = current;
            current.setAutoCommit(true); // each query sees what is committed
            if (!database.product().equals("sqlite")) { // whose driver refuses it once there is a connection
                current.setReadOnly(true);
            }
        }
        return current;
    }

    /** The driver's message may quote parameters, which are parts of keys. */
    private static String state(SQLException e) {
        return "SQL state " + e.getSQLState() + ", code " + e.getErrorCode();
    }

    @Override
    public void close() {
        Connection current = connection;
        connection = null;
        if (current != null) {
            try {
                current.close();
            } catch (SQLException e) {
                throw new TruthException("the connection cannot be closed", e);
            }
        }
    }
}

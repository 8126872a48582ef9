package dev.freshet.sources;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address and credentials of a database.
 *
 * @param uri a JDBC address
 * @param user empty: the user in the address
 * @param password empty: none
 */
public record Database(String uri, String user, String password) {

    private static final Pattern NAME = Pattern.compile("jdbc:[^/]+//[^/?]*/([^?/]+)(\\?.*)?");
    private static final String CONNECT_SECONDS = "10";
    private static final String SOCKET_SECONDS = "60";

    /** Returns what is wrong with an address ("must …"), or null if it is valid. Never quotes it: it may hold a password. */
    public static @Nullable String faultIn(String uri) {
        return uri.matches("jdbc:[a-z0-9+]+:.+")
                ? null
                : "must be a JDBC address like jdbc:postgresql://host:5432/name";
    }

    /** Returns the second word of the address, for example {@code postgresql}. */
    public String product() {
        String[] words = uri.split(":", 3);
        return words.length < 2 ? "" : words[1].toLowerCase(Locale.ROOT);
    }

    /** Returns the database name in {@code jdbc:mariadb://host:3306/name}; empty if the address has none. */
    public String name() {
        Matcher matcher = NAME.matcher(uri);
        return matcher.matches() ? matcher.group(1) : "";
    }

    /**
     * Connects. Every wait has a timeout.
     *
     * @throws SourceException if there is no driver, or the database is unavailable or refuses the login
     */
    public Connection connect() throws SourceException {
        Properties properties = new Properties();
        if (!user.isEmpty()) {
            properties.setProperty("user", user);
        }
        if (!password.isEmpty()) {
            properties.setProperty("password", password);
        }
        if (product().equals("postgresql")) {
            properties.setProperty("connectTimeout", CONNECT_SECONDS);
            properties.setProperty("loginTimeout", CONNECT_SECONDS);
            properties.setProperty("socketTimeout", SOCKET_SECONDS);
            properties.setProperty("tcpKeepAlive", "true");
            properties.setProperty("ApplicationName", "freshet");
        } else if (product().equals("mariadb")) {
            properties.setProperty("connectTimeout", CONNECT_SECONDS + "000");
            properties.setProperty("socketTimeout", SOCKET_SECONDS + "000");
        }
        try {
            DriverManager.getDriver(uri);
        } catch (SQLException e) {
            // The driver manager's message quotes the whole address.
            throw new SourceException("no JDBC driver for jdbc:" + product() + " is on the class path; add its jar");
        }
        try {
            return DriverManager.getConnection(uri, properties);
        } catch (SQLException e) {
            throw new SourceException("cannot connect to the database: " + withoutSecrets(e), e);
        }
    }

    /** Returns the driver's message without the address and the password. */
    private String withoutSecrets(SQLException e) {
        String message = String.valueOf(e.getMessage()).replace(uri, "jdbc:" + product() + ":…");
        return password.isEmpty() ? message : message.replace(password, "…");
    }

    @Override
    public String toString() {
        return "Database[jdbc:" + product() + "]";
    }
}

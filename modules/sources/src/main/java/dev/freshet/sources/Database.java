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
 * Where a database is.
 *
 * @param uri a JDBC address
 * @param user empty: as the address says
 * @param password empty: none
 */
public record Database(String uri, String user, String password) {

    private static final Pattern NAME = Pattern.compile("jdbc:[^/]+//[^/?]*/([^?/]+)(\\?.*)?");
    private static final String CONNECT_SECONDS = "10";
    private static final String SOCKET_SECONDS = "60";

    /** Returns what is wrong with an address as a clause, or null if nothing is. Never quotes it: it may hold a password. */
    public static @Nullable String faultIn(String uri) {
        return uri.matches("jdbc:[a-z0-9+]+:.+")
                ? null
                : "must be a JDBC address like jdbc:postgresql://host:5432/name";
    }

    /** The second word of the address, as in {@code postgresql}. */
    public String product() {
        String[] words = uri.split(":", 3);
        return words.length < 2 ? "" : words[1].toLowerCase(Locale.ROOT);
    }

    /** The database that the address names, as in {@code jdbc:mariadb://host:3306/name}; empty if it names none. */
    public String name() {
        Matcher matcher = NAME.matcher(uri);
        return matcher.matches() ? matcher.group(1) : "";
    }

    /**
     * Connects; every wait is bounded.
     *
     * @throws SourceException if there is no driver, or the database cannot be reached or refuses
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
            // Its own message quotes the whole address.
            throw new SourceException("no JDBC driver for jdbc:" + product() + " is on the class path");
        }
        try {
            return DriverManager.getConnection(uri, properties);
        } catch (SQLException e) {
            throw new SourceException("the database cannot be reached: " + withoutSecrets(e), e);
        }
    }

    /** The message of a fault; a driver may have put the address into it. */
    private String withoutSecrets(SQLException e) {
        String message = String.valueOf(e.getMessage()).replace(uri, "jdbc:" + product() + ":…");
        return password.isEmpty() ? message : message.replace(password, "…");
    }

    @Override
    public String toString() {
        return "Database[jdbc:" + product() + "]";
    }
}

package dev.freshet.demo.app;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Stores the teams' mottos in the SQLite file that all replicas share. Methods block and exclude each other. */
public final class MottoStore implements AutoCloseable {

    private final Connection connection;

    private MottoStore(Connection connection) {
        this.connection = connection;
    }

    /**
     * Opens the database. Creates the file and the table if they do not exist.
     *
     * @throws SQLException if that fails
     */
    public static MottoStore open(Path file) throws SQLException {
        return new MottoStore(SharedFile.connect(
                file, "CREATE TABLE IF NOT EXISTS mottos (team INTEGER PRIMARY KEY, motto TEXT NOT NULL)"));
    }

    /** Returns a team's motto; null if it has none. */
    public synchronized @Nullable String find(int team) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT motto FROM mottos WHERE team = ?")) {
            select.setInt(1, team);
            try (ResultSet rows = select.executeQuery()) {
                return rows.next() ? rows.getString(1) : null;
            }
        }
    }

    /** Writes a team's motto. It is committed when this returns. */
    public synchronized void put(int team, String motto) throws SQLException {
        try (PreparedStatement upsert = connection.prepareStatement(
                "INSERT INTO mottos VALUES (?, ?)" + " ON CONFLICT (team) DO UPDATE SET motto = excluded.motto")) {
            upsert.setInt(1, team);
            upsert.setString(2, motto);
            upsert.executeUpdate();
        }
    }

    @Override
    public synchronized void close() throws SQLException {
        connection.close();
    }
}

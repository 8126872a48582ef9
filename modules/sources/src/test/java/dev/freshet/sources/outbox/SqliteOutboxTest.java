package dev.freshet.sources.outbox;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

final class SqliteOutboxTest extends OutboxTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @BeforeEach
    void createTable() throws SQLException, IOException {
        execute("PRAGMA journal_mode = WAL");
        execute(definition("sqlite"));
    }

    @Override
    String uri() {
        return "jdbc:sqlite:" + folder.resolve("shop.db");
    }
}

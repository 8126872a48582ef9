package dev.freshet.benchmarks.source;

import dev.freshet.testkit.ServiceProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/** One of Freshet's sources in a publisher's process, as in production. */
final class ProcessWay implements Way {

    private final String title;
    private final Rows rows;
    private final boolean isOutbox;
    private final Path config;
    private final ServiceProcess process;

    private ProcessWay(String title, Rows rows, boolean isOutbox, Path jar, String yaml, URI redis) {
        this.title = title;
        this.rows = rows;
        this.isOutbox = isOutbox;
        try {
            config = Files.writeString(Files.createTempFile("freshet-source-", ".yaml"), yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process = ServiceProcess.startReady(jar, List.of("-Xmx256m"), List.of("--config", config.toString()), redis);
    }

    /** Returns a way that reads the write-ahead log. */
    static Way log(Rows rows, Path jar, String database, URI redis) {
        return new ProcessWay(
                "Freshet, `postgresql`",
                rows,
                false,
                jar,
                """
                sources:
                  %s:
                    kind: postgresql
                    uri: "%s"
                    rules: { rows: { table: %s, region: %s, keys: "{k}" } }
                """.formatted(rows.region(), database, rows.region(), rows.region()),
                redis);
    }

    /** Returns a way that reads a table which the writer fills in the same transaction. */
    static Way outbox(Rows rows, Path jar, String database, URI redis) {
        return new ProcessWay("Freshet, `outbox`", rows, true, jar, """
                sources: { outbox: { kind: outbox, uri: "%s" } }
                """.formatted(database), redis);
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public Rows rows() {
        return rows;
    }

    @Override
    public void write(Connection connection, int index) throws SQLException {
        rows.change(connection, index);
        if (isOutbox) {
            try (PreparedStatement insert =
                    connection.prepareStatement("INSERT INTO freshet_outbox (invalidation) VALUES (?)")) {
                insert.setString(1, "{\"region\":\"" + rows.region() + "\",\"keys\":[\"" + rows.key(index) + "\"]}");
                insert.executeUpdate();
            }
        }
    }

    @Override
    public void close() {
        process.close();
        try {
            Files.deleteIfExists(config);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

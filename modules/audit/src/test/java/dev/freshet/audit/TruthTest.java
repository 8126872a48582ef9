package dev.freshet.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.freshet.sources.Database;
import dev.freshet.sources.rules.KeyPattern;
import dev.freshet.sources.rules.Template;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.PostgresServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Asking an application or a database for the true value of a key. */
class TruthTest {

    private static final KeyPattern KEYS = KeyPattern.parse("user:{id}");

    @RegisterExtension
    final Closing open = new Closing();

    private static String text(Truth.Answer answer) {
        return new String(Objects.requireNonNull(answer.bytes()), StandardCharsets.UTF_8);
    }

    // ---- an application

    private final List<String> asked = new CopyOnWriteArrayList<>();

    private String application() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getRawPath();
            asked.add(path + " " + exchange.getRequestHeaders().getFirst("Cache-Control"));
            byte[] body = ("value of " + path).getBytes(StandardCharsets.UTF_8);
            int status = path.endsWith("gone") ? 410 : path.endsWith("none") ? 404 : path.endsWith("ill") ? 500 : 200;
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        open.closing((AutoCloseable) () -> server.stop(0));
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Test
    void anApplicationSaysWhatAValueIs() throws Exception {
        Truth truth = new HttpTruth(KEYS, Template.parse(application() + "/users/{id}"));
        assertThat(text(truth.read("user:17"))).isEqualTo("value of /users/17");
        assertThat(text(truth.read("user:a b/é?"))).isEqualTo("value of /users/a%20b%2F%C3%A9%3F");
        assertThat(truth.read("user:none")).isEqualTo(Truth.Answer.ABSENT);
        assertThat(truth.read("user:gone")).isEqualTo(Truth.Answer.ABSENT);
        assertThat(truth.read("cart:1")).isEqualTo(Truth.Answer.NOT_COVERED);
        assertThat(asked).hasSize(4).allMatch(request -> request.endsWith(" no-cache"));
    }

    @Test
    void whatIsNoAnswerIsAFailure() throws Exception {
        Truth ill = new HttpTruth(KEYS, Template.parse(application() + "/users/{id}"));
        assertThatThrownBy(() -> ill.read("user:ill"))
                .isInstanceOf(TruthException.class)
                .hasMessageContaining("500")
                .hasMessageNotContaining("user:ill");
        Truth nobody = new HttpTruth(KEYS, Template.parse("http://127.0.0.1:1/{id}"));
        assertThatThrownBy(() -> nobody.read("user:1"))
                .isInstanceOf(TruthException.class)
                .hasMessageContaining("does not answer");
    }

    @ParameterizedTest
    @CsvSource({
        "http://app/{name}, must use names of the pattern",
        "http://app/{id, must be an address",
        "ftp://app/{id}, must begin with http://",
        "app/{id}, must begin with http://",
        "http://me:secret@app/{id}, without a user",
        "http://a b/{id}, must be an address",
    })
    void aWrongAddressIsRefusedWithoutBeingQuoted(String address, String fault) {
        assertThat(HttpTruth.faultIn(KEYS, address)).contains(fault).doesNotContain("secret");
        assertThat(HttpTruth.faultIn(KEYS, "https://app:8080/users/{id}?all=1")).isNull();
    }

    // ---- a database

    private static void run(String uri, String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection(uri);
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    @Test
    void aDatabaseSaysWhatAValueIs(@TempDir Path folder) throws Exception {
        String uri = "jdbc:sqlite:" + folder.resolve("shop.db");
        run(
                uri,
                "CREATE TABLE users (id INTEGER PRIMARY KEY, body TEXT, raw BLOB)",
                "INSERT INTO users VALUES (1, 'é', x'00ff'), (2, NULL, NULL)");
        Truth texts =
                open.closing(new SqlTruth(KEYS, new Database(uri, "", ""), "SELECT body FROM users WHERE id = {id}"));
        assertThat(text(texts.read("user:1"))).isEqualTo("é");
        assertThat(texts.read("user:2")).isEqualTo(Truth.Answer.ABSENT);
        assertThat(texts.read("user:3")).isEqualTo(Truth.Answer.ABSENT);
        assertThat(texts.read("user:1 OR 1=1")).as("a parameter, never text").isEqualTo(Truth.Answer.ABSENT);
        assertThat(texts.read("cart:1")).isEqualTo(Truth.Answer.NOT_COVERED);
        Truth bytes =
                open.closing(new SqlTruth(KEYS, new Database(uri, "", ""), "SELECT raw FROM users WHERE id = {id}"));
        assertThat(bytes.read("user:1").bytes()).containsExactly(0, 0xff);
        run(uri, "UPDATE users SET body = 'new' WHERE id = 1");
        assertThat(text(texts.read("user:1")))
                .as("what is committed, each time")
                .isEqualTo("new");
    }

    @Test
    void aPostgresTakesAPartOfAKeyForWhatItsColumnIs() throws Exception {
        PostgresServer server = open.closing(PostgresServer.start());
        Database database = new Database(server.uri(), "", "");
        Truth truth =
                open.closing(new SqlTruth(KEYS, database, "SELECT body FROM users WHERE id = {id} AND {key} <> ''"));
        assertThatThrownBy(() -> truth.read("user:1"))
                .isInstanceOf(TruthException.class)
                .hasMessageContaining("SQL state 42P01");
        server.execute("CREATE TABLE users (id bigint PRIMARY KEY, body text)", "INSERT INTO users VALUES (1, 'one')");
        assertThat(text(truth.read("user:1"))).isEqualTo("one");
        assertThatThrownBy(() -> truth.read("user:no-number"))
                .isInstanceOf(TruthException.class)
                .hasMessageNotContaining("no-number");
        assertThat(text(truth.read("user:1"))).as("it connects again").isEqualTo("one");
    }

    @Test
    void aWrongQueryIsRefused() {
        assertThat(SqlTruth.faultIn(KEYS, "SELECT 1")).contains("in braces");
        assertThat(SqlTruth.faultIn(KEYS, "SELECT body FROM users WHERE id = {name}"))
                .contains("not name");
        assertThat(SqlTruth.faultIn(KEYS, "SELECT body FROM users WHERE id = {id}"))
                .isNull();
    }
}

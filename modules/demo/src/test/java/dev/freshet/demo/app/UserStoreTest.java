package dev.freshet.demo.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserStoreTest {

    @TempDir
    private Path folder = Path.of("");

    @Test
    void aChangeThroughOneReplicaIsSeenThroughTheOther() throws SQLException {
        Path file = folder.resolve("users.sqlite");
        UserStore.create(file, 10);
        try (UserStore one = UserStore.open(file);
                UserStore other = UserStore.open(file)) {
            assertThat(other.find(10)).isEqualTo(new User(10, "User 10", 1));

            assertThat(one.rename(1, "Ada")).isEqualTo(new User(1, "Ada", 2));
            assertThat(other.find(1)).isEqualTo(new User(1, "Ada", 2));
            assertThat(one.rename(11, "Nobody")).isNull();
            assertThat(one.find(11)).isNull();
        }
    }

    @Test
    void writersOfSeveralReplicasTakeTurns() throws SQLException {
        Path file = folder.resolve("users.sqlite");
        UserStore.create(file, 1);
        try (UserStore one = UserStore.open(file);
                UserStore other = UserStore.open(file)) {
            IntStream.range(0, 100).parallel().forEach(i -> {
                try {
                    assertThat((i % 2 == 0 ? one : other).rename(1, "Name " + i))
                            .isNotNull();
                } catch (SQLException e) {
                    throw new AssertionError(e);
                }
            });

            assertThat(Objects.requireNonNull(one.find(1)).version()).isEqualTo(101);
        }
    }
}

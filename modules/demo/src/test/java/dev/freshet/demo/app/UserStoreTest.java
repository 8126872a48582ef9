package dev.freshet.demo.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserStoreTest {

    @TempDir
    private Path folder = Path.of("");

    @Test
    void aChangeThroughOneReplicaIsSeenThroughTheOther() throws SQLException {
        Path file = folder.resolve("users.sqlite");
        try (UserStore one = UserStore.open(file, 2);
                UserStore other = UserStore.open(file, 2)) {
            one.seed(10, 3);
            other.seed(10, 3);
            assertThat(other.find(1)).contains(new User(1, "User 1", 1, 1));

            assertThat(one.rename(1, "Ada")).contains(new User(1, "Ada", 1, 2));
            assertThat(other.find(1)).contains(new User(1, "Ada", 1, 2));
            assertThat(one.rename(11, "Nobody")).isEmpty();

            List<User> renamed = other.renameTeam(1, "Grace");
            assertThat(renamed).extracting(User::id).containsExactlyInAnyOrder(1L, 4L, 7L, 10L);
            assertThat(one.find(1)).contains(new User(1, "Grace", 1, 3));
        }
    }

    @Test
    void writersOfSeveralReplicasTakeTurns() throws SQLException {
        Path file = folder.resolve("users.sqlite");
        try (UserStore one = UserStore.open(file, 2);
                UserStore other = UserStore.open(file, 2)) {
            one.seed(1, 1);

            IntStream.range(0, 100).parallel().forEach(i -> {
                try {
                    assertThat((i % 2 == 0 ? one : other).rename(1, "Name " + i))
                            .isPresent();
                } catch (SQLException e) {
                    throw new AssertionError(e);
                }
            });

            assertThat(one.find(1).orElseThrow().version()).isEqualTo(101);
        }
    }
}

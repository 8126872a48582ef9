package dev.freshet.demo.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.Background;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
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

    /** The first to open a new file change how it is kept, which SQLite allows to one at a time. */
    @Test
    void replicasThatStartAtOnceOpenANewFile() throws Exception {
        int replicas = 4;
        CyclicBarrier together = new CyclicBarrier(replicas);
        for (int round = 0; round < 50; round++) {
            Path file = folder.resolve("new-" + round + ".sqlite");
            List<CompletableFuture<Void>> opened = new ArrayList<>();
            for (int i = 0; i < replicas; i++) {
                opened.add(Background.run(() -> {
                    together.await(60, TimeUnit.SECONDS);
                    UserStore.open(file, 1).close();
                }));
            }
            for (CompletableFuture<Void> one : opened) {
                one.get(60, TimeUnit.SECONDS);
            }
        }
    }
}

package dev.freshet.demo.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.RedisExtension;
import java.net.URI;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.params.ClientKillParams;

class RedisUsersTest {

    @RegisterExtension
    static final RedisExtension server = new RedisExtension();

    @SuppressWarnings("NullAway.Init") // set by connect
    private RedisClient redis;

    @SuppressWarnings("NullAway.Init") // set by connect
    private RedisUsers users;

    @BeforeEach
    void connect() {
        redis = RedisClient.create(server.uri());
        users = new RedisUsers(redis);
    }

    @AfterEach
    void close() {
        redis.close();
    }

    @Test
    void aChangeIsSeenByThoseWhoReadTheKey() {
        assertThat(RedisUsers.create(redis, 10)).isTrue();
        assertThat(users.find(10)).isEqualTo(new User(10, "User 10", 1));

        assertThat(users.rename(1, "Ada Lovelace")).isEqualTo(new User(1, "Ada Lovelace", 2));

        assertThat(users.find(1)).isEqualTo(new User(1, "Ada Lovelace", 2));
        assertThat(redis.get("user:1")).isEqualTo("{\"id\":1,\"name\":\"Ada Lovelace\",\"version\":2}");
        assertThat(users.rename(11, "Nobody")).isNull();
        assertThat(users.find(11)).isNull();
    }

    @Test
    void ofChangesAtTheSameTimeTheHighestVersionStays() {
        assertThat(RedisUsers.create(redis, 1)).isTrue();

        long highest = IntStream.range(0, 100)
                .parallel()
                .mapToLong(i ->
                        Objects.requireNonNull(users.rename(1, "Name " + i)).version())
                .max()
                .orElseThrow();

        assertThat(highest).isEqualTo(101);
        assertThat(Objects.requireNonNull(users.find(1)).version()).isEqualTo(101);
    }

    @Test
    void connectionsThatBrokeWhileTheyWereIdleAreNotNoticed() {
        assertThat(RedisUsers.create(redis, 8)).isTrue();
        IntStream.rangeClosed(1, 8).parallel().forEach(users::find);

        try (Jedis other = new Jedis(URI.create(server.uri()))) {
            other.clientKill(new ClientKillParams().type(ClientType.NORMAL).skipMe(ClientKillParams.SkipMe.YES));
        }

        assertThat(users.find(8)).isEqualTo(new User(8, "User 8", 1));
        assertThat(users.rename(8, "Ada")).isEqualTo(new User(8, "Ada", 2));
    }

    @Test
    void keysOfOthersStayAsTheyAre() {
        redis.set("user:2", "of somebody else");

        assertThat(RedisUsers.create(redis, 3)).isFalse();

        assertThat(redis.keys("*")).containsExactly("user:2");
    }

    @Test
    void whatWasCreatedIsRemoved() {
        assertThat(RedisUsers.create(redis, 3)).isTrue();
        redis.set("user:4", "of somebody else");

        RedisUsers.delete(redis, 3);

        assertThat(redis.keys("*")).containsExactly("user:4");
    }
}

package dev.freshet.bus.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.bus.BusException;
import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Position;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What tools read from outside: the log as it is, and the server that it lives on. */
class InspectionOnRedisTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    private static Position publish(String key) {
        try (Publisher publisher = Publisher.connect(Patient.publisher(redis.uri()))) {
            return publisher.publish("users", Change.ofKeys(key)).join().position();
        }
    }

    @Test
    void aLogThatIsNotThereHasNoHeadAndNoEntries() {
        try (LogReader log = LogReader.of(Patient.redis(redis.uri()), "users")) {
            assertThat(log.head()).isNull();
            assertThat(log.read(0, 10, Duration.ofMillis(20))).isEmpty();
        }
    }

    @Test
    void entriesComeInOrderBehindASequence() {
        publish("a");
        publish("b");
        Position last = publish("c");

        try (LogReader log = LogReader.of(Patient.redis(redis.uri()), "users")) {
            assertThat(log.head()).isEqualTo(last);
            List<LogReader.Entry> entries = log.read(1, 10, Duration.ZERO);
            assertThat(entries).extracting(LogReader.Entry::sequence).containsExactly(2L, 3L);
            assertThat(entries).allMatch(entry -> entry.decoded() instanceof Decoded.Intact);
            assertThat(log.read(0, 1, Duration.ZERO)).hasSize(1);
        }
    }

    @Test
    void aReaderSurvivesARestartOfRedis() {
        publish("a");
        try (LogReader log = LogReader.of(Patient.redis(redis.uri()), "users")) {
            assertThat(log.head()).isNotNull();
            redis.server().kill();
            assertThatThrownBy(log::head).isInstanceOf(BusException.class);
            redis.server().start();
            assertThat(log.head()).isNull();
        }
    }

    @Test
    void anInspectionReadsFieldsAndSettingsAndChangesNothing() {
        Position before = publish("a");
        try (RedisInspection inspection = RedisInspection.connect(Patient.redis(redis.uri()), "users")) {
            assertThat(inspection.info()).containsEntry("role", "master").containsKey("redis_version");
            assertThat(inspection.setting("maxmemory-policy")).hasValue("noeviction");
            assertThat(inspection.setting("no-such-setting")).isEmpty();
            assertThat(inspection.refusedCommands()).isEmpty();
        }

        assertThat(redis.server().execute("KEYS", "*").lines())
                .containsExactlyInAnyOrder("freshet:{users}:head", "freshet:{users}:log", "freshet:regions");
        try (LogReader log = LogReader.of(Patient.redis(redis.uri()), "users")) {
            assertThat(log.head()).isEqualTo(before);
        }
    }

    @Test
    void refusedCommandsAreNamed() {
        redis.server().execute("ACL", "SETUSER", "app", "on", ">pw", "~*", "&*", "+@all", "-xtrim");
        String uri = "redis://app:pw@" + redis.host() + ":" + redis.port();

        try (RedisInspection inspection = RedisInspection.connect(Patient.redis(uri), "users")) {
            assertThat(inspection.refusedCommands()).containsOnlyKeys("XTRIM");
        } finally {
            redis.server().execute("ACL", "DELUSER", "app");
        }
    }

    @Test
    void aServerThatIsNotThereIsSaidWithoutThePassword() {
        RedisConfig config = RedisConfig.of("redis://:s3cret@127.0.0.1:1");

        assertThatThrownBy(() -> RedisInspection.connect(config, "users"))
                .isInstanceOf(BusException.class)
                .hasMessageContaining("127.0.0.1:1")
                .hasMessageNotContaining("s3cret");
        assertThat(RedisInspection.unreachable(config)).hasSize(1);
    }
}

package dev.freshet.bus.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.bus.BusException;
import dev.freshet.bus.patience.Patient;
import dev.freshet.testkit.RedisExtension;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a source remembers, and who may write it. */
final class CheckpointStoreTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    private static CheckpointStore open() {
        return new CheckpointStore(Patient.redis(redis.uri()), "shop");
    }

    @Test
    void whatWasWrittenIsThereForTheNext() {
        String identity;
        try (CheckpointStore first = open()) {
            identity = first.identity();
            assertThat(first.take()).isEmpty();
            first.write(Map.of("offset", "1", "rules", "a"));
            first.write(Map.of("offset", "2"));
        }
        try (CheckpointStore second = open()) {
            assertThat(second.identity()).isEqualTo(identity);
            assertThat(second.take()).isEqualTo(Map.of("offset", "2", "rules", "a"));
            second.replace(Map.of("offset", "3"));
            assertThat(second.identity()).isEqualTo(identity);
            assertThat(second.take()).isEqualTo(Map.of("offset", "3"));
        }
    }

    @Test
    void whoWasReplacedCannotWriteAnyMore() {
        try (CheckpointStore first = open();
                CheckpointStore second = open()) {
            first.take();
            first.write(Map.of("offset", "1"));
            second.take();
            assertThatThrownBy(() -> first.write(Map.of("offset", "0"))).hasMessageContaining("another publisher");
            assertThatThrownBy(() -> first.replace(Map.of())).hasMessageContaining("another publisher");
            assertThat(second.take()).isEqualTo(Map.of("offset", "1"));
        }
    }

    @Test
    void whatRedisHasLostIsNotWrittenInParts() {
        try (CheckpointStore memory = open()) {
            memory.take();
            memory.write(Map.of("offset", "1"));
            redis.server().kill();
            redis.server().start();
            assertThatThrownBy(() -> memory.write(Map.of("offset", "2"))).hasMessageContaining("Redis has lost it");
            assertThat(memory.identity()).isNotEmpty();
            assertThat(memory.take()).isEmpty();
        }
    }

    @Test
    void aRestartOfRedisIsSurvived() {
        try (CheckpointStore memory = open()) {
            memory.take();
            redis.server().kill();
            assertThatThrownBy(memory::take).isInstanceOf(BusException.class).hasMessageContaining("cannot be reached");
            redis.server().start();
            assertThat(memory.take()).isEmpty();
        }
    }
}

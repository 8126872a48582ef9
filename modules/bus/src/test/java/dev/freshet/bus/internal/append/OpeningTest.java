package dev.freshet.bus.internal.append;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.access.MisconfiguredException;
import dev.freshet.bus.internal.redis.ConfigurationFaults;
import dev.freshet.bus.internal.redis.RedisConnector;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;

class OpeningTest {

    /** An address that cannot be used, because a library lacks a method. */
    private static final class Lacking extends HostAndPort {
        private static final long serialVersionUID = 1;
        private final transient AtomicInteger uses = new AtomicInteger();

        Lacking() {
            super("127.0.0.1", 6379);
        }

        @Override
        public String toString() {
            uses.incrementAndGet();
            throw new NoSuchMethodError("'void redis.clients.jedis.Connection.gone()'");
        }
    }

    @Test
    void whereAMethodIsMissingNoFurtherAttemptIsMade() {
        Lacking address = new Lacking();
        ConfigurationFaults faults = ConfigurationFaults.logged(TimeSource.SYSTEM);
        Opening opening =
                new Opening(new RedisConnector(RedisConfig.of("redis://127.0.0.1:6379"), "test", faults), address);

        opening.start();

        await().until(() -> faults.current() != null);
        await().until(() -> !opening.isStarted());
        opening.start();
        assertThatThrownBy(opening::take)
                .isInstanceOf(MisconfiguredException.class)
                .hasMessageContaining("freshet-append-connect");
        assertThatThrownBy(opening::take).isInstanceOf(MisconfiguredException.class);
        assertThat(address.uses).hasValue(1);
    }
}

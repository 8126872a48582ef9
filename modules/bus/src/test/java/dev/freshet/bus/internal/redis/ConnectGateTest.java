package dev.freshet.bus.internal.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.bus.internal.access.MisconfiguredException;
import dev.freshet.bus.patience.Patient;
import dev.freshet.testkit.HandClock;
import dev.freshet.testkit.ScriptedServer;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;

/** Attempts to connect where only a person can help. */
class ConnectGateTest {

    private final HandClock clock = new HandClock();
    private final ConfigurationFaults faults = ConfigurationFaults.logged(new dev.freshet.bus.TimeSource() {
        @Override
        public long nanoTime() {
            return clock.nanoTime();
        }

        @Override
        public long wallMicros() {
            return 0;
        }
    });

    private static final String WRONG = "-WRONGPASS invalid username-password pair\r\n";

    @Test
    void attemptsBecomeRarerUpToFiveSecondsAndOneSucceedsOnceItIsMended() throws IOException {
        try (ScriptedServer server = ScriptedServer.start(ScriptedServer.redis(command -> WRONG))) {
            RedisConnector connector =
                    new RedisConnector(Patient.redis("redis://:pw@127.0.0.1:" + server.port()), "test", faults);
            HostAndPort node = new HostAndPort("127.0.0.1", server.port());

            for (int step = 0; step < 600; step++) {
                assertThatThrownBy(() -> connector.open(node))
                        .isInstanceOf(MisconfiguredException.class)
                        .hasMessageContaining("WRONGPASS");
                clock.advance(Duration.ofMillis(100));
            }
            int attempts = server.accepted();
            // In a minute: some while it doubles, then one at least each 5 s.
            assertThat(attempts).isBetween(15, 35);
            assertThat(faults.current()).contains("WRONGPASS");

            clock.advance(Duration.ofSeconds(5));
            assertThatThrownBy(() -> connector.open(node)).hasMessageContaining("WRONGPASS"); // a pause begins here
            server.behave(ScriptedServer.redis(command -> "+OK\r\n"));
            assertThatThrownBy(() -> connector.open(node)).hasMessageContaining("WRONGPASS");
            clock.advance(Duration.ofSeconds(5));
            connector.open(node).closeQuietly();
            assertThat(faults.current()).isNull();
            connector.open(node).closeQuietly();
        }
    }

    @Test
    void anotherFaultOpensTheGate() throws IOException {
        try (ScriptedServer server = ScriptedServer.start(ScriptedServer.redis(command -> WRONG))) {
            RedisConnector connector =
                    new RedisConnector(Patient.redis("redis://:pw@127.0.0.1:" + server.port()), "test", faults);
            HostAndPort node = new HostAndPort("127.0.0.1", server.port());
            assertThatThrownBy(() -> connector.open(node)).hasMessageContaining("WRONGPASS");
            server.behave((in, out) -> {}); // closes at once
            clock.advance(Duration.ofSeconds(5));
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> connector.open(node)).isNotInstanceOf(MisconfiguredException.class);
            }
            assertThat(server.accepted()).isEqualTo(4);
        }
    }

    @Test
    void aFaultThatNobodyMeetsAnyMoreIsForgotten() {
        faults.met("here", "it is wrong");
        clock.advance(Duration.ofMinutes(4));
        assertThat(faults.current()).isEqualTo("it is wrong");
        clock.advance(Duration.ofMinutes(2));
        assertThat(faults.current()).isNull();
    }

    @Test
    void noMoreFaultsAreKeptThanThereIsRoomFor() {
        for (int i = 0; i < 1_000; i++) {
            faults.met("place " + i, "it is wrong " + i);
        }
        assertThat(faults.current()).isEqualTo("it is wrong 0");
        for (int i = 0; i < 100; i++) {
            faults.mended("place " + i);
        }
        assertThat(faults.current()).isNull();
    }
}

package dev.freshet.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisExtensionTest {

    /** The state that one test leaves must not reach the next. */
    @Nested
    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    class AStaticField {

        private static int port;

        @RegisterExtension
        static final RedisExtension redis = new RedisExtension();

        @Test
        @Order(1)
        void leavesDataBehind() {
            port = redis.port();
            redis.server().execute("SET", "k", "v");
            assertThat(redis.uri()).isEqualTo("redis://" + redis.host() + ":" + redis.port());
        }

        @Test
        @Order(2)
        void findsTheSameServerEmptyAndLeavesItPaused() {
            assertThat(redis.port()).isEqualTo(port);
            assertThat(redis.server().execute("DBSIZE")).isEqualTo("0");
            redis.server().pause();
        }

        @Test
        @Order(3)
        void findsItThawedAndKillsIt() {
            assertThat(redis.server().execute("PING")).isEqualTo("PONG");
            redis.server().kill();
        }

        @Test
        @Order(4)
        void findsItAliveAgain() {
            assertThat(redis.server().execute("PING")).isEqualTo("PONG");
            assertThat(redis.port()).isEqualTo(port);
        }
    }

    @Nested
    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    class AnInstanceField {

        private static int portOfTheFirst;

        @RegisterExtension
        final RedisExtension redis = RedisExtension.with(server -> server.withSetting("databases 3"));

        @Test
        @Order(1)
        void hasItsOptions() {
            portOfTheFirst = redis.port();
            assertThat(redis.server().execute("CONFIG", "GET", "databases")).isEqualTo("databases\n3");
        }

        @Test
        @Order(2)
        void hasAServerOfItsOwn() {
            assertThat(redis.port()).isNotEqualTo(portOfTheFirst);
        }
    }

    /** Between two classes of a JVM a server without options changes hands, unless a test left something of it changed. */
    @Nested
    class AServerThatIsGivenBack {

        @Test
        void isTakenAgainAndEmpty() {
            RedisServer server = SharedServers.take();
            server.execute("SET", "k", "v");
            SharedServers.giveBack(server);

            RedisServer next = SharedServers.take();

            assertThat(next).isSameAs(server);
            assertThat(next.execute("DBSIZE")).isEqualTo("0");
            SharedServers.giveBack(next);
        }

        @Test
        void isNeverInTwoHands() {
            RedisServer one = SharedServers.take();
            RedisServer other = SharedServers.take();

            assertThat(one.port()).isNotEqualTo(other.port());
            SharedServers.giveBack(one);
            SharedServers.giveBack(other);
        }

        @ParameterizedTest
        @ValueSource(strings = {"CONFIG SET maxmemory 100mb", "ACL SETUSER somebody on"})
        void isClosedIfATestChangedIt(String command) {
            RedisServer server = SharedServers.take();
            server.execute(command.split(" "));
            SharedServers.giveBack(server);

            assertThat(server.isRunning()).isFalse();
        }

        @Test
        void isClosedIfATestKilledIt() {
            RedisServer server = SharedServers.take();
            server.kill();
            SharedServers.giveBack(server);

            RedisServer next = SharedServers.take();

            assertThat(next).isNotSameAs(server);
            assertThat(next.execute("PING")).isEqualTo("PONG");
            SharedServers.giveBack(next);
        }

        @Test
        void isClosedIfSomebodyIsStillConnected() throws IOException {
            RedisServer server = SharedServers.take();
            try (RespConnection left = RespConnection.open(server.host(), server.port(), Duration.ofSeconds(10))) {
                left.call("PING");
                SharedServers.giveBack(server);
            }

            assertThat(server.isRunning()).isFalse();
        }
    }

    @Nested
    @ExtendWith(RedisExtension.class)
    class AnAnnotation {

        @Test
        void givesTheServerAsAParameter(RedisServer server) {
            assertThat(server.execute("PING")).isEqualTo("PONG");
        }
    }
}

package dev.freshet.bus.internal.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.SubscriberConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.HostAndPort;

class RedisUriTest {

    @Test
    void readsASingleServer() {
        RedisUri uri = RedisUri.parse("rediss://ann:p%40ss@cache.example:7000/3");
        assertThat(uri.kind()).isEqualTo(RedisUri.Kind.STANDALONE);
        assertThat(uri.tls()).isTrue();
        assertThat(uri.user()).isEqualTo("ann");
        assertThat(uri.password()).isEqualTo("p@ss");
        assertThat(uri.servers()).containsExactly(new HostAndPort("cache.example", 7000));
        assertThat(uri.database()).isEqualTo(3);
    }

    @Test
    void readsSentinels() {
        RedisUri uri = RedisUri.parse("redis-sentinel://:secret@a,b:26380/mymaster/2");
        assertThat(uri.kind()).isEqualTo(RedisUri.Kind.SENTINEL);
        assertThat(uri.servers()).containsExactly(new HostAndPort("a", 26379), new HostAndPort("b", 26380));
        assertThat(uri.masterName()).isEqualTo("mymaster");
        assertThat(uri.database()).isEqualTo(2);
    }

    @Test
    void readsAClusterWithAnIpv6Node() {
        RedisUri uri = RedisUri.parse("redis-cluster://[::1]:7001,10.0.0.2:7002");
        assertThat(uri.kind()).isEqualTo(RedisUri.Kind.CLUSTER);
        assertThat(uri.servers()).containsExactly(new HostAndPort("::1", 7001), new HostAndPort("10.0.0.2", 7002));
    }

    @ParameterizedTest
    @CsvSource({
        "redis://:secret@h:1, redis://:***@h:1",
        "redis://ann:secret@h, redis://ann:***@h:6379",
        "redis-sentinel://:secret@h/m, redis-sentinel://:***@h:26379/m"
    })
    void thePasswordIsNeverWrittenOut(String uri, String shown) {
        assertThat(RedisUri.parse(uri)).hasToString(shown);
        assertThat(RedisConfig.of(uri)).hasToString(shown);
        assertThat(SubscriberConfig.of(uri).toString()).doesNotContain("secret");
        assertThat(PublisherConfig.of(uri).toString()).doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost:6379",
                "http://secret@h",
                "redis://secret@h",
                "redis://:secret@h:99999",
                "redis://:secret@h:6379/x",
                "redis://:secret@a,b",
                "redis://:secret@",
                "redis-sentinel://:secret@h",
                "redis-cluster://:secret@h/1",
                "redis://:secret@h?x=1"
            })
    void refusesWhatIsNotAnAddressWithoutQuotingIt(String uri) {
        assertThat(RedisConfig.faultIn(uri)).startsWith("must").doesNotContain("secret");
    }
}

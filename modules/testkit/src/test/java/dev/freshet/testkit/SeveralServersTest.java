package dev.freshet.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.RedisClusterClient;

class SeveralServersTest {

    @Test
    void sentinelsPromoteTheReplicaOfADeadMasterAndTheDeadOneComesBackAsItsReplica() {
        try (RedisSentinels sentinels = RedisSentinels.started()) {
            RedisServer first = sentinels.master();
            RedisServer second = sentinels.replica();
            assertThat(sentinels.uri())
                    .startsWith("redis-sentinel://127.0.0.1:")
                    .endsWith("/main");

            first.kill();
            sentinels.awaitFailover(first);
            assertThat(sentinels.master()).isSameAs(second);
            second.execute("SET", "k", "v");

            sentinels.restoreReplica();
            assertThat(sentinels.replica()).isSameAs(first);
            assertThat(first.execute("GET", "k")).isEqualTo("v");
        }
    }

    @Test
    void aSlotOfAClusterMovesWithWhatIsInIt() {
        try (RedisCluster cluster = RedisCluster.started();
                RedisClusterClient client = RedisClusterClient.create(new HostAndPort(
                        URI.create(cluster.uri()).getHost(),
                        URI.create(cluster.uri()).getPort()))) {
            client.set("k", "v");
            RedisServer before = cluster.masterOf("k");

            cluster.moveSlotOf("k");
            RedisServer after = cluster.masterOf("k");
            assertThat(after).isNotSameAs(before);
            try (Jedis direct = new Jedis(URI.create(after.uri()))) {
                assertThat(direct.get("k")).isEqualTo("v");
            }
            assertThat(client.get("k")).isEqualTo("v");
        }
    }
}

package dev.freshet.benchmarks.growth;

import java.net.URI;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;

/**
 * Counters of Redis since its start.
 *
 * @param cpuSeconds processor time of the server
 * @param outputBytes bytes sent to all clients
 * @param atNanos the {@link System#nanoTime} at which the counters were read
 */
record RedisLoad(double cpuSeconds, double outputBytes, long atNanos) {

    static RedisLoad of(URI uri) {
        try (Jedis jedis = new Jedis(
                new HostAndPort(uri.getHost(), uri.getPort()),
                DefaultJedisClientConfig.builder().build())) {
            String cpu = jedis.info("cpu");
            return new RedisLoad(
                    field(cpu, "used_cpu_sys") + field(cpu, "used_cpu_user"),
                    field(jedis.info("stats"), "total_net_output_bytes"),
                    System.nanoTime());
        }
    }

    private static double field(String info, String name) {
        return info.lines()
                .filter(line -> line.startsWith(name + ":"))
                .mapToDouble(line ->
                        Double.parseDouble(line.substring(name.length() + 1).strip()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("INFO of Redis lacks the field " + name));
    }
}

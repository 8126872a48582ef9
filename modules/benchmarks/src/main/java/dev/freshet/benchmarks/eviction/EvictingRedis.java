package dev.freshet.benchmarks.eviction;

import dev.freshet.benchmarks.process.RedisProcess;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;

/** A real Redis at its {@code maxmemory}. It holds a given number of entries and evicts by one policy. Confined to one thread. */
final class EvictingRedis implements AutoCloseable {

    /** Every entry has a time to live, as in an application, so that volatile policies see all entries. */
    private static final String GET_OR_SET = "if redis.call('GET', KEYS[1]) then return 1 end"
            + " redis.call('SET', KEYS[1], ARGV[1], 'EX', 3600) return 0";

    private static final String VALUE = "v".repeat(100);
    private static final int ROUNDS = 4;
    private static final int MAX_PIPELINED = 500;

    private final RedisProcess process;
    private final Jedis jedis;
    private final String script;

    /** Starts a server and finds the memory limit at which it holds this many entries. */
    EvictingRedis(RedisPolicy policy, int entries) {
        process = RedisProcess.start();
        jedis = new Jedis(process.uri());
        script = jedis.scriptLoad(GET_OR_SET);
        jedis.configSet("maxmemory-policy", policy.name());
        jedis.configSet("maxmemory-samples", Integer.toString(policy.samples()));
        long empty = usedBytes();
        fill(0, entries);
        long limit = usedBytes();
        long bytesPerEntry = (limit - empty) / entries;
        for (int round = 1; round <= ROUNDS; round++) {
            jedis.configSet("maxmemory", Long.toString(limit));
            fill(round * 3 * entries, 2 * entries);
            limit += (entries - jedis.dbSize()) * bytesPerEntry;
        }
        jedis.configSet("maxmemory", Long.toString(limit));
        jedis.flushAll();
    }

    private void fill(int from, int count) {
        int[] keys = new int[count];
        for (int i = 0; i < count; i++) {
            keys[i] = -1 - from - i;
        }
        request(keys, 0, count, new boolean[count]);
    }

    private long usedBytes() {
        return jedis.info("memory")
                .lines()
                .filter(line -> line.startsWith("used_memory:"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1)))
                .findFirst()
                .orElseThrow();
    }

    /** Requests keys one after the other, stores each missing one, and records which were hits. */
    void request(int[] keys, int from, int to, boolean[] hits) {
        for (int start = from; start < to; start += MAX_PIPELINED) {
            int end = Math.min(to, start + MAX_PIPELINED);
            Pipeline pipeline = jedis.pipelined();
            List<Response<Object>> answers = new ArrayList<>(end - start);
            for (int i = start; i < end; i++) {
                answers.add(pipeline.evalsha(script, List.of("k:" + keys[i]), List.of(VALUE)));
            }
            pipeline.sync();
            for (int i = start; i < end; i++) {
                hits[i] = Long.valueOf(1).equals(answers.get(i - start).get());
            }
        }
    }

    long entries() {
        return jedis.dbSize();
    }

    String version() {
        return process.version();
    }

    @Override
    public void close() {
        jedis.close();
        process.close();
    }
}

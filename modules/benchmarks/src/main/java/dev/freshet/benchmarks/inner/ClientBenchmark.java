package dev.freshet.benchmarks.inner;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.freshet.Freshet;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import dev.freshet.benchmarks.contender.AppendScript;
import dev.freshet.benchmarks.process.RedisProcess;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import redis.clients.jedis.Jedis;

/**
 * Measures what an application calls, with a real Redis: hits of a {@link Region} beside Caffeine with the same settings, and an
 * invalidation that is applied when it returns beside one round trip of the append script. All keys have known hashes.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ClientBenchmark {

    private static final int ENTRIES = 8_192;
    private static final int KEYS_AT_ONCE = 50;

    private final String[] keys = new String[ENTRIES];
    private final List<List<String>> sets = new ArrayList<>();
    private final Cache<String, String> caffeine =
            Caffeine.newBuilder().maximumSize(ENTRIES).build();
    private @Nullable Connected connected;
    private int next;

    private record Connected(
            RedisProcess redis,
            Freshet freshet,
            Region<String> users,
            Jedis jedis,
            byte[] digest,
            List<byte[]> settings) {}

    @Setup
    public void connect() {
        RedisProcess redis = RedisProcess.start();
        URI uri = redis.uri();
        Freshet freshet = Freshet.connect(uri.toString());
        Region<String> users = freshet.region("users", RegionOptions.maximumEntries(ENTRIES));
        users.ready().join();
        Jedis jedis = new Jedis(uri.getHost(), uri.getPort());
        byte[] digest = bytes(jedis.scriptLoad(AppendScript.text()));
        connected = new Connected(
                redis, freshet, users, jedis, digest, AppendScript.settings(jedis.info("server"), bytes("bare")));
        for (int i = 0; i < ENTRIES; i++) {
            String key = "user:" + i;
            keys[i] = key;
            caffeine.put(key, "value");
            users.get(key, (missed, load) -> "value");
        }
        for (int from = 0; from + KEYS_AT_ONCE <= ENTRIES; from += KEYS_AT_ONCE) {
            sets.add(List.of(keys).subList(from, from + KEYS_AT_ONCE));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @TearDown
    public void disconnect() {
        Connected own = connected();
        own.jedis.close();
        own.freshet.close();
        own.redis.close();
    }

    private Connected connected() {
        if (connected == null) {
            throw new IllegalStateException("connect was not called");
        }
        return connected;
    }

    private String key() {
        next = (next + 1) & (ENTRIES - 1);
        return keys[next];
    }

    private List<String> set() {
        next = (next + 1) % sets.size();
        return sets.get(next);
    }

    private static String noHit(String key) {
        throw new IllegalStateException("A read was not a hit: " + key);
    }

    @Benchmark
    public @Nullable Object getOther() {
        return caffeine.get(key(), ClientBenchmark::noHit);
    }

    @Benchmark
    public @Nullable Object getFreshet() {
        return connected().users.get(key(), (missed, load) -> noHit(missed));
    }

    @Benchmark
    public Map<String, String> getAllOther() {
        return caffeine.getAllPresent(set());
    }

    @Benchmark
    public Map<String, String> getAllFreshet() {
        return connected().users.getAll(set(), (missed, load) -> Map.of(noHit(missed.toString()), ""));
    }

    @Benchmark
    public Object invalidateOther() {
        Connected own = connected();
        List<byte[]> arguments = new ArrayList<>(own.settings);
        arguments.add(new byte[0]);
        arguments.add(bytes(key()));
        return own.jedis.evalsha(
                own.digest, List.of(bytes("freshet:{bare}:head"), bytes("freshet:{bare}:log")), arguments);
    }

    /** Of a key that is not cached, so that hits stay hits. */
    @Benchmark
    public Object invalidateFreshet() {
        return connected().users.invalidate("absent").orThrow();
    }
}

package dev.freshet.e2e.resp;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.AbstractTransaction;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;

/** Jedis, with its pool. */
final class JedisClient implements JavaRedisClient {

    static final String SCRIPT = "return redis.call('set', ARGV[1], ARGV[2])";

    private final RedisClient client;

    JedisClient(int port) {
        client = RedisClient.create("127.0.0.1", port);
    }

    @Override
    public @Nullable String get(String key) {
        return client.get(key);
    }

    @Override
    public void set(String key, String value) {
        client.set(key, value);
    }

    @Override
    public void delete(String key) {
        client.del(key);
    }

    @Override
    public List<@Nullable String> pipeline(List<Map.Entry<String, String>> writes) {
        List<Response<String>> reads = new ArrayList<>();
        try (AbstractPipeline pipeline = client.pipelined()) {
            for (Map.Entry<String, String> write : writes) {
                pipeline.set(write.getKey(), write.getValue());
                reads.add(pipeline.get(write.getKey()));
            }
        }
        List<@Nullable String> found = new ArrayList<>();
        reads.forEach(read -> found.add(read.get()));
        return found;
    }

    @Override
    public @Nullable String transaction(String key, String value) {
        try (AbstractTransaction transaction = client.multi()) {
            transaction.set(key, value);
            Response<String> read = transaction.get(key);
            transaction.exec();
            return read.get();
        }
    }

    @Override
    public void script(String key, String value) {
        client.eval(SCRIPT, 0, key, value);
    }

    @Override
    public void subscribe(String channel, Consumer<String> messages) {
        Thread thread = new Thread(
                () -> client.subscribe(
                        new JedisPubSub() {
                            @Override
                            public void onMessage(String from, String message) {
                                messages.accept(Objects.requireNonNull(message));
                                unsubscribe();
                            }
                        },
                        channel),
                "jedis-subscriber");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public long publish(String channel, String message) {
        return client.publish(channel, message);
    }

    @Override
    public void close() {
        client.close();
    }
}

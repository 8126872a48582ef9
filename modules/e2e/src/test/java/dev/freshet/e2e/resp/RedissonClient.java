package dev.freshet.e2e.resp;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.BatchOptions;
import org.redisson.api.RBatch;
import org.redisson.api.RScript;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

/** Redisson, with its pools and its own subscription connection. */
final class RedissonClient implements JavaRedisClient {

    private final org.redisson.api.RedissonClient client;

    RedissonClient(int port) {
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.useSingleServer()
                .setAddress("redis://127.0.0.1:" + port)
                .setConnectionMinimumIdleSize(1)
                .setConnectionPoolSize(4);
        client = Redisson.create(config);
    }

    @Override
    public @Nullable String get(String key) {
        return client.<String>getBucket(key).get();
    }

    @Override
    public void set(String key, String value) {
        client.<String>getBucket(key).set(value);
    }

    @Override
    public void delete(String key) {
        client.getBucket(key).delete();
    }

    @Override
    public List<@Nullable String> pipeline(List<Map.Entry<String, String>> writes) {
        List<?> answers = run(client.createBatch(), writes);
        List<@Nullable String> found = new ArrayList<>();
        for (int i = 1; i < answers.size(); i += 2) {
            found.add((String) answers.get(i));
        }
        return found;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the batch has the answers
    private static List<?> run(RBatch batch, List<Map.Entry<String, String>> writes) {
        for (Map.Entry<String, String> write : writes) {
            batch.getBucket(write.getKey()).setAsync(write.getValue());
            batch.getBucket(write.getKey()).getAsync();
        }
        return batch.execute().getResponses();
    }

    @Override
    public @Nullable String transaction(String key, String value) {
        RBatch batch =
                client.createBatch(BatchOptions.defaults().executionMode(BatchOptions.ExecutionMode.IN_MEMORY_ATOMIC));
        return (String) run(batch, List.of(Map.entry(key, value))).get(1);
    }

    @Override
    public void script(String key, String value) {
        client.getScript()
                .eval(RScript.Mode.READ_WRITE, JedisClient.SCRIPT, RScript.ReturnType.STRING, List.of(), key, value);
    }

    @Override
    public void subscribe(String channel, Consumer<String> messages) {
        client.getTopic(channel).addListener(String.class, (from, message) -> messages.accept(message));
    }

    @Override
    public long publish(String channel, String message) {
        return client.getTopic(channel).publish(message);
    }

    @Override
    public void close() {
        client.shutdown();
    }
}

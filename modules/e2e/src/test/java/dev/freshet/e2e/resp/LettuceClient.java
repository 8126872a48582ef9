package dev.freshet.e2e.resp;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Lettuce, which speaks RESP3 and shares one connection. */
final class LettuceClient implements JavaRedisClient {

    private final RedisClient client;
    private final StatefulRedisConnection<String, String> connection;

    LettuceClient(int port) {
        client = RedisClient.create("redis://127.0.0.1:" + port);
        connection = client.connect();
    }

    @Override
    public @Nullable String get(String key) {
        return connection.sync().get(key);
    }

    @Override
    public void set(String key, String value) {
        connection.sync().set(key, value);
    }

    @Override
    public void delete(String key) {
        connection.sync().del(key);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the read behind it shows whether the write was done
    public List<@Nullable String> pipeline(List<Map.Entry<String, String>> writes) {
        connection.setAutoFlushCommands(false);
        List<RedisFuture<String>> reads = new ArrayList<>();
        for (Map.Entry<String, String> write : writes) {
            connection.async().set(write.getKey(), write.getValue());
            reads.add(connection.async().get(write.getKey()));
        }
        connection.flushCommands();
        connection.setAutoFlushCommands(true);
        List<@Nullable String> found = new ArrayList<>();
        for (RedisFuture<String> read : reads) {
            found.add(read.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join());
        }
        return found;
    }

    @Override
    public @Nullable String transaction(String key, String value) {
        connection.sync().multi();
        connection.sync().set(key, value);
        connection.sync().get(key);
        return connection.sync().exec().get(1);
    }

    @Override
    public void script(String key, String value) {
        connection.sync().eval(JedisClient.SCRIPT, ScriptOutputType.STATUS, new String[0], key, value);
    }

    @Override
    public void subscribe(String channel, Consumer<String> messages) {
        var subscriber = client.connectPubSub();
        subscriber.addListener(new RedisPubSubAdapter<>() {
            @Override
            public void message(String from, String message) {
                messages.accept(message);
            }
        });
        subscriber.sync().subscribe(channel);
    }

    @Override
    public long publish(String channel, String message) {
        return connection.sync().publish(channel, message);
    }

    @Override
    public void close() {
        client.shutdown();
    }
}

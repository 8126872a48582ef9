package dev.freshet.benchmarks.contender;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * The floor that Redis and Java set: PUBLISH, one thread a subscriber, Caffeine's invalidate. It logs nothing, notices no
 * loss, and so keeps no promise.
 */
final class FloorContender implements Contender {

    private static final byte[] CHANNEL = "floor".getBytes(StandardCharsets.US_ASCII);
    private static final int UNDER_WAY = 512;

    private final Site site;
    private final int batch;
    private final LocalCache[] caches;
    private final List<Jedis> connections = new ArrayList<>();
    private final List<BinaryJedisPubSub> subscriptions = new ArrayList<>();

    private volatile boolean closed;

    /** With so many keys a message. */
    FloorContender(Site site, int batch) {
        this.site = site;
        this.batch = batch;
        caches = LocalCache.four(site.arrivals());
        CountDownLatch subscribed = new CountDownLatch(SUBSCRIBERS);
        for (LocalCache cache : caches) {
            Jedis connection = new Jedis(site.host(), site.port(), 0);
            BinaryJedisPubSub subscription = new BinaryJedisPubSub() {
                @Override
                public void onMessage(byte[] channel, byte[] message) {
                    evict(cache, message);
                }

                @Override
                public void onSubscribe(byte[] channel, int subscribedChannels) {
                    subscribed.countDown();
                }
            };
            connections.add(connection);
            subscriptions.add(subscription);
            Thread thread = new Thread(() -> follow(connection, subscription), "floor-subscriber");
            thread.setDaemon(true);
            thread.start();
        }
        Waiting.on(subscribed);
    }

    private void follow(Jedis connection, BinaryJedisPubSub subscription) {
        try {
            connection.subscribe(subscription, CHANNEL);
        } catch (JedisConnectionException e) {
            if (!closed) {
                throw e;
            }
        }
    }

    private static void evict(LocalCache cache, byte[] message) {
        ByteBuffer buffer = ByteBuffer.wrap(message);
        while (buffer.hasRemaining()) {
            int bytes = buffer.getShort();
            cache.evict(new String(message, buffer.position(), bytes, StandardCharsets.US_ASCII));
            buffer.position(buffer.position() + bytes);
        }
    }

    @Override
    public void fill(Keys keys) {
        LocalCache.fill(caches, keys);
    }

    @Override
    public boolean isCached(int subscriber, String key) {
        return caches[subscriber].has(key);
    }

    @Override
    public Caller caller(Style style) {
        int keys = style == Style.STREAM ? batch : 1;
        int messages = style == Style.STREAM ? Math.max(1, UNDER_WAY / batch) : 1;
        Connection connection = new Connection(
                new HostAndPort(site.host(), site.port()),
                DefaultJedisClientConfig.builder().build());
        return new PublishCaller(connection, keys, messages);
    }

    private static final class PublishCaller implements Caller {
        private final Connection connection;
        private final Pipeline pipeline;
        private final ByteBuffer buffer;
        private final int keysAMessage;
        private final int messagesUnderWay;
        private int keys;
        private int messages;

        PublishCaller(Connection connection, int keysAMessage, int messagesUnderWay) {
            this.connection = connection;
            this.keysAMessage = keysAMessage;
            this.messagesUnderWay = messagesUnderWay;
            pipeline = new Pipeline(connection);
            buffer = ByteBuffer.allocate(64 * keysAMessage);
        }

        @Override
        public void invalidate(String key) {
            byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
            buffer.putShort((short) bytes.length).put(bytes);
            if (++keys == keysAMessage) {
                send();
                if (messages >= messagesUnderWay) {
                    settle();
                }
            }
        }

        private void send() {
            byte[] message = new byte[buffer.position()];
            buffer.flip().get(message);
            buffer.clear();
            pipeline.publish(CHANNEL, message);
            messages++;
            keys = 0;
        }

        @Override
        public void settle() {
            if (keys > 0) {
                send();
            }
            pipeline.sync();
            messages = 0;
        }

        @Override
        public void close() {
            pipeline.close();
            connection.close();
        }
    }

    @Override
    public void close() {
        closed = true;
        subscriptions.forEach(BinaryJedisPubSub::unsubscribe);
        connections.forEach(Jedis::close);
    }
}

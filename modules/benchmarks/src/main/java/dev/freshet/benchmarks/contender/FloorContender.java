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
 * The floor that Redis and Java set: PUBLISH, one thread per subscriber, Caffeine's invalidate. It writes no log and detects no
 * loss. The {@linkplain #logging variant with a log} runs Freshet's script instead of PUBLISH: it shows which part of Freshet's distance
 * to the floor is Redis's work.
 */
final class FloorContender implements Contender {

    private static final byte[] CHANNEL = "floor".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_IN_FLIGHT = 512;

    /** Sends one message. */
    private interface Sender {
        void send(Pipeline pipeline, byte[] message);
    }

    private final Site site;
    private final int batch;
    private final Sender sender;
    private final LocalCache[] caches;
    private final List<Jedis> connections = new ArrayList<>();
    private final List<BinaryJedisPubSub> subscriptions = new ArrayList<>();

    private volatile boolean closed;

    /**
     * Connects the subscribers.
     *
     * @param batch keys per message of a stream
     */
    FloorContender(Site site, int batch) {
        this(site, batch, (pipeline, message) -> pipeline.publish(CHANNEL, message));
    }

    private FloorContender(Site site, int batch, Sender sender) {
        this.site = site;
        this.batch = batch;
        this.sender = sender;
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

    /** Returns a contender that runs Freshet's append script instead of PUBLISH. */
    static FloorContender logging(Site site, int batch) {
        try (Jedis jedis = new Jedis(site.host(), site.port())) {
            byte[] digest = bytes(jedis.scriptLoad(AppendScript.text()));
            List<byte[]> keys = List.of(bytes("freshet:{floor}:head"), bytes("freshet:{floor}:log"));
            List<byte[]> settings = AppendScript.settings(jedis.info("server"), CHANNEL);
            return new FloorContender(site, batch, (pipeline, message) -> {
                List<byte[]> arguments = new ArrayList<>(settings);
                arguments.add(new byte[0]);
                arguments.add(message);
                pipeline.evalsha(digest, keys, arguments);
            });
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
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
        buffer.position(bodyOffset(message));
        while (buffer.hasRemaining()) {
            int bytes = buffer.getShort();
            cache.evict(new String(message, buffer.position(), bytes, StandardCharsets.US_ASCII));
            buffer.position(buffer.position() + bytes);
        }
    }

    /** Returns where the keys begin: behind the script's header line, if there is one. A message without it starts with a length below 256. */
    private static int bodyOffset(byte[] message) {
        int at = 0;
        if (message[0] != 0) {
            while (message[at++] != '\n') {}
        }
        return at;
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
        int messages = style == Style.STREAM ? Math.max(1, MAX_IN_FLIGHT / batch) : 1;
        Connection connection = new Connection(
                new HostAndPort(site.host(), site.port()),
                DefaultJedisClientConfig.builder().build());
        return new PublishCaller(connection, sender, keys, messages);
    }

    private static final class PublishCaller implements Caller {
        private final Connection connection;
        private final Sender sender;
        private final Pipeline pipeline;
        private final ByteBuffer buffer;
        private final int keysPerMessage;
        private final int maxMessagesInFlight;
        private int keys;
        private int messages;

        PublishCaller(Connection connection, Sender sender, int keysPerMessage, int maxMessagesInFlight) {
            this.connection = connection;
            this.sender = sender;
            this.keysPerMessage = keysPerMessage;
            this.maxMessagesInFlight = maxMessagesInFlight;
            pipeline = new Pipeline(connection);
            buffer = ByteBuffer.allocate(64 * keysPerMessage);
        }

        @Override
        public void invalidate(String key) {
            byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
            buffer.putShort((short) bytes.length).put(bytes);
            if (++keys == keysPerMessage) {
                send();
                if (messages >= maxMessagesInFlight) {
                    settle();
                }
            }
        }

        private void send() {
            byte[] message = new byte[buffer.position()];
            buffer.flip().get(message);
            buffer.clear();
            sender.send(pipeline, message);
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

package dev.freshet;

import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.SubscriberConfig;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.tier.RedisTierConfig;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * How a process takes part. Get one from {@link #of(String)} and change what must be different with the {@code with…} methods.
 * Credentials, TLS and the namespace are part of the {@link RedisConfig}. The text form holds no secret.
 *
 * @param publisher how changes are appended
 * @param subscriber how the regions are followed
 * @param tier how values are read from and stored in Redis, for regions that {@linkplain RegionOptions#tier have a tier}
 * @param timeout how long an invalidation waits at most until it is in the log and applied here
 * @param onFailure what becomes of an invalidation that Redis does not acknowledge in that time
 * @param queueMaximumChanges at most this many changes wait to be repeated; if there are more, one invalidation of the whole region
 *     takes the place of those of a region
 * @param closeTimeout how long {@link Freshet#close} tries to publish what waits in the queue
 * @param publisherListener hears what the publisher does; for metrics
 * @param subscriberListener hears what the subscriber does; for metrics
 * @param observer sees what the client is made of; for metrics
 */
public record FreshetConfig(
        PublisherConfig publisher,
        SubscriberConfig subscriber,
        RedisTierConfig tier,
        Duration timeout,
        OnFailure onFailure,
        int queueMaximumChanges,
        Duration closeTimeout,
        PublisherListener publisherListener,
        SubscriberListener subscriberListener,
        FreshetObserver observer) {

    /**
     * Checks what belongs together.
     *
     * @throws IllegalArgumentException if publisher, subscriber and tier have different Redis, or a limit is out of its range
     */
    public FreshetConfig {
        Objects.requireNonNull(onFailure);
        Objects.requireNonNull(publisherListener);
        Objects.requireNonNull(subscriberListener);
        Objects.requireNonNull(observer);
        if (!publisher.redis().equals(subscriber.redis()) || !publisher.redis().equals(tier.redis())) {
            throw new IllegalArgumentException(
                    "publisher, subscriber and tier must have the same Redis, but have " + publisher.redis() + ", "
                            + subscriber.redis() + " and " + tier.redis() + ": set it with withRedis");
        }
        if (timeout.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException("timeout must be at least 1 ms, but is " + timeout);
        }
        if (closeTimeout.isNegative()) {
            throw new IllegalArgumentException("close timeout must not be negative, but is " + closeTimeout);
        }
        if (queueMaximumChanges <= 0) {
            throw new IllegalArgumentException("queueMaximumChanges must be positive, but is " + queueMaximumChanges);
        }
    }

    /**
     * The defaults for a Redis at this address: 2 s for an invalidation, then {@link OnFailure#QUEUE} of at most 10,000 changes, and
     * 2 s to close.
     *
     * @param uri as {@link RedisConfig#uri()}
     * @throws IllegalArgumentException if it is not such an address; the message does not quote a password
     */
    public static FreshetConfig of(String uri) {
        return of(RedisConfig.of(uri));
    }

    /** The defaults for this Redis. */
    public static FreshetConfig of(RedisConfig redis) {
        PublisherConfig publisher = PublisherConfig.of(redis.uri()).withRedis(redis);
        return new FreshetConfig(
                publisher,
                SubscriberConfig.of(redis.uri()).withRedis(redis),
                RedisTierConfig.of(redis, publisher.name()),
                Duration.ofSeconds(2),
                OnFailure.QUEUE,
                10_000,
                Duration.ofSeconds(2),
                PublisherListener.NONE,
                SubscriberListener.NONE,
                FreshetObserver.NONE);
    }

    /** Returns where Redis is, and how to get in. */
    public RedisConfig redis() {
        return publisher.redis();
    }

    /** Returns a copy with this Redis. */
    public FreshetConfig withRedis(RedisConfig redis) {
        return with(it -> {
            it.publisher = publisher.withRedis(redis);
            it.subscriber = subscriber.withRedis(redis);
            it.tier = tier.withRedis(redis);
        });
    }

    /** Returns a copy with this name of the process, which stands in records and in members' rows. */
    public FreshetConfig withName(String name) {
        return with(it -> {
            it.publisher = publisher.withName(name);
            it.subscriber = subscriber.withName(name);
            it.tier = tier.withName(name);
        });
    }

    /** Returns a copy whose publisher's settings are changed: {@code withPublisher(it -> it.withLog(10_000, 8 << 20))}. */
    public FreshetConfig withPublisher(UnaryOperator<PublisherConfig> change) {
        return with(it -> it.publisher = change.apply(publisher));
    }

    /** Returns a copy whose subscriber's settings are changed. */
    public FreshetConfig withSubscriber(UnaryOperator<SubscriberConfig> change) {
        return with(it -> it.subscriber = change.apply(subscriber));
    }

    /** Returns a copy whose tier's settings are changed. */
    public FreshetConfig withTier(UnaryOperator<RedisTierConfig> change) {
        return with(it -> it.tier = change.apply(tier));
    }

    /** Returns a copy whose invalidations wait at most this long. */
    public FreshetConfig withTimeout(Duration timeout) {
        return with(it -> it.timeout = timeout);
    }

    /** Returns a copy that does this with invalidations that Redis does not acknowledge in time. */
    public FreshetConfig withOnFailure(OnFailure onFailure) {
        return with(it -> it.onFailure = onFailure);
    }

    /** Returns a copy of whose changes at most this many wait to be repeated. */
    public FreshetConfig withQueue(int maximumChanges) {
        return with(it -> it.queueMaximumChanges = maximumChanges);
    }

    /** Returns a copy that tries this long to publish what waits when it is closed; zero: not at all. */
    public FreshetConfig withCloseTimeout(Duration closeTimeout) {
        return with(it -> it.closeTimeout = closeTimeout);
    }

    /** Returns a copy that reports what publisher and subscriber do. */
    public FreshetConfig withListeners(PublisherListener publisherListener, SubscriberListener subscriberListener) {
        return with(it -> {
            it.publisherListener = publisherListener;
            it.subscriberListener = subscriberListener;
        });
    }

    /** Returns a copy whose client this sees, instead of the one that was set before: {@code withObserver(FreshetMetrics.of(registry))}. */
    public FreshetConfig withObserver(FreshetObserver observer) {
        return with(it -> it.observer = observer);
    }

    private FreshetConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new FreshetConfig(
                draft.publisher,
                draft.subscriber,
                draft.tier,
                draft.timeout,
                draft.onFailure,
                draft.queueMaximumChanges,
                draft.closeTimeout,
                draft.publisherListener,
                draft.subscriberListener,
                draft.observer);
    }

    /** A configuration that is being changed. */
    private static final class Draft {
        private PublisherConfig publisher;
        private SubscriberConfig subscriber;
        private RedisTierConfig tier;
        private Duration timeout;
        private OnFailure onFailure;
        private int queueMaximumChanges;
        private Duration closeTimeout;
        private PublisherListener publisherListener;
        private SubscriberListener subscriberListener;
        private FreshetObserver observer;

        Draft(FreshetConfig from) {
            publisher = from.publisher;
            subscriber = from.subscriber;
            tier = from.tier;
            timeout = from.timeout;
            onFailure = from.onFailure;
            queueMaximumChanges = from.queueMaximumChanges;
            closeTimeout = from.closeTimeout;
            publisherListener = from.publisherListener;
            subscriberListener = from.subscriberListener;
            observer = from.observer;
        }
    }
}

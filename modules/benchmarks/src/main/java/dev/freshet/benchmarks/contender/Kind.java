package dev.freshet.benchmarks.contender;

import dev.freshet.benchmarks.process.Checkout;

/** Who takes part. */
public enum Kind {
    FLOOR("floor: PUBLISH, single keys", 200_000, true) {
        @Override
        public Contender open(Site site) {
            return new FloorContender(site, 1);
        }
    },
    FLOOR_BATCHES("floor: PUBLISH, binary batches of 32", 400_000, false) {
        @Override
        public Contender open(Site site) {
            return new FloorContender(site, 32);
        }
    },
    FLOOR_LOGGING("Freshet's script, sent by bare Jedis, single keys", 100_000, true) {
        @Override
        public Contender open(Site site) {
            return FloorContender.logging(site, 1);
        }
    },
    FRESHET("Freshet, Java API", 300_000, true) {
        @Override
        public Contender open(Site site) {
            return new FreshetContender(site);
        }
    },
    FRESHET_HTTP("Freshet, HTTP NDJSON", 400_000, false) {
        @Override
        public Contender open(Site site) {
            return new FreshetHttpContender(
                    site,
                    Checkout.publisherJar().orElseThrow(() -> new IllegalStateException("the publisher is not built")));
        }
    },
    LETTUCE("Lettuce client-side caching", 150_000, true) {
        @Override
        public Contender open(Site site) {
            return new LettuceContender(site);
        }
    },
    JEDIS("Jedis client-side caching", 20_000, true) {
        @Override
        public Contender open(Site site) {
            return new JedisContender(site);
        }
    },
    REDISSON("Redisson RLocalCachedMap", 15_000, true) {
        @Override
        public Contender open(Site site) {
            return new RedissonContender(site, false);
        }
    },
    REDISSON_ASYNC("Redisson RLocalCachedMap, async calls", 30_000, false) {
        @Override
        public Contender open(Site site) {
            return new RedissonContender(site, true);
        }
    },
    JETCACHE("JetCache with broadcast", 15_000, true) {
        @Override
        public Contender open(Site site) {
            return new JetCacheContender(site);
        }
    };

    private final String label;
    private final int streamedKeys;
    private final boolean calledOneByOne;

    Kind(String label, int streamedKeys, boolean calledOneByOne) {
        this.label = label;
        this.streamedKeys = streamedKeys;
        this.calledOneByOne = calledOneByOne;
    }

    /** Starts it. It is subscribed when this returns. */
    public abstract Contender open(Site site);

    /** What tables call it. */
    public String label() {
        return label;
    }

    /** How many keys make a measurement of throughput that lasts about a second. */
    public int streamedKeys() {
        return streamedKeys;
    }

    /** Whether its stale window is worth measuring apart. */
    public boolean isCalledOneByOne() {
        return calledOneByOne;
    }
}

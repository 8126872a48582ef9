package dev.freshet.benchmarks.contender;

import dev.freshet.testkit.Checkout;

/** The contenders. */
public enum Kind {
    FLOOR("floor, single keys", 200_000, true) {
        @Override
        public Contender open(Site site) {
            return new FloorContender(site, 1);
        }
    },
    FLOOR_BATCHES("floor, binary batches of 32", 400_000, false) {
        @Override
        public Contender open(Site site) {
            return new FloorContender(site, 32);
        }
    },
    FLOOR_LOGGING("Freshet's script, single keys", 100_000, true) {
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
                    Checkout.builtJar("publisher")
                            .orElseThrow(
                                    () -> new IllegalStateException(
                                            "The publisher's jar is missing. Build it: mvn -DskipTests -pl publisher -am package")));
        }
    },
    LETTUCE("Lettuce", 150_000, true) {
        @Override
        public Contender open(Site site) {
            return new LettuceContender(site);
        }
    },
    JEDIS("Jedis", 20_000, true) {
        @Override
        public Contender open(Site site) {
            return new JedisContender(site);
        }
    },
    REDISSON("Redisson", 15_000, true) {
        @Override
        public Contender open(Site site) {
            return new RedissonContender(site, false);
        }
    },
    REDISSON_ASYNC("Redisson, async calls", 30_000, false) {
        @Override
        public Contender open(Site site) {
            return new RedissonContender(site, true);
        }
    },
    JETCACHE("JetCache", 15_000, true) {
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

    /** Starts the contender. All its subscribers are subscribed when this returns. */
    public abstract Contender open(Site site);

    /** Returns the name in tables and charts. */
    public String label() {
        return label;
    }

    /** Returns how many keys one measurement of throughput invalidates; it lasts about a second. */
    public int streamedKeys() {
        return streamedKeys;
    }

    /** Returns whether the stale window of single calls is measured. */
    public boolean isCalledOneByOne() {
        return calledOneByOne;
    }
}

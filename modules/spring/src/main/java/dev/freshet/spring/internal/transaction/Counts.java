package dev.freshet.spring.internal.transaction;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all caches of a manager count together. */
public final class Counts {

    private static final Logger LOG = LoggerFactory.getLogger(Counts.class);

    public final LongAdder storesWithoutLease = new LongAdder();
    public final LongAdder evictionsFailed = new LongAdder();
    public final LongAdder untrackedLoads = new LongAdder();
    private final AtomicBoolean isUntrackedLogged = new AtomicBoolean();

    /** Counts a load within a transaction of which no mark is known. The first is logged: of some managers none ever is. */
    public void untrackedLoad(CacheRegion cache) {
        untrackedLoads.increment();
        if (!isUntrackedLogged.getAndSet(true)) {
            LOG.warn(
                    "{}: a value loaded within a transaction was not cached, because the cache was not told when the transaction"
                            + " began; if the count of untracked loads grows, use a transaction manager that is a bean of this application"
                            + " context and a ConfigurableTransactionManager (logged once)",
                    cache);
        }
    }
}

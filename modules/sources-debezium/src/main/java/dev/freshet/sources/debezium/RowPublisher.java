package dev.freshet.sources.debezium;

import dev.freshet.bus.Change;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.UnavailableException;
import dev.freshet.schema.Selector;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceContext;
import dev.freshet.sources.SourceSession;
import dev.freshet.sources.rules.Invalidated;
import dev.freshet.sources.rules.TableName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Publishes what changed rows invalidate, and waits for the acknowledgements. One thread at a time publishes rows. */
final class RowPublisher {

    private static final Logger log = LoggerFactory.getLogger(RowPublisher.class);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(250);
    private static final int MAX_UNMAPPED_NAMED = 1_000;
    private static final int MAX_REASONS_NAMED = 1_000;

    private final SourceConfig config;
    private final SourceContext context;
    private final Set<TableName> unmappedNamed = new HashSet<>();
    private final Set<String> broadenedNamed = new HashSet<>();

    RowPublisher(SourceConfig config, SourceContext context) {
        this.config = config;
        this.context = context;
    }

    /** A change that is being published. */
    private record Sent(String region, Change change, CompletableFuture<Receipt> receipt) {}

    /** The tables that the rules name. */
    Set<TableName> tables() {
        return config.rules().tables();
    }

    /**
     * Publishes what rows invalidate. Retries until every change is acknowledged.
     *
     * @throws InterruptedException if the session stops before
     */
    void publish(Iterable<ChangedRow> rows, SourceSession session) throws InterruptedException {
        List<Sent> sent = new ArrayList<>();
        for (ChangedRow row : rows) {
            publish(row, sent);
        }
        awaitAll(sent, session);
    }

    /**
     * Invalidates all of the source's regions, because changes may be missing. Retries until all are acknowledged. Safe to call while
     * another thread publishes rows.
     *
     * @throws InterruptedException if the session stops before
     */
    void invalidateAll(String why, SourceSession session) throws InterruptedException {
        log.warn(
                "source {}: {}; all of its regions are invalidated: {}",
                config.name(),
                why,
                config.rules().regions());
        List<Sent> sent = new ArrayList<>();
        for (String region : config.rules().regions()) {
            sent.add(publish(region, List.of(Selector.all()), null));
            context.listener().regionReset(config.name(), region);
        }
        awaitAll(sent, session);
    }

    /** Logs, once a table, that no rule names it. */
    void nameUnmapped(TableName table) {
        context.listener().unmapped(config.name(), table);
        if (unmappedNamed.size() < MAX_UNMAPPED_NAMED && unmappedNamed.add(table)) {
            log.warn("source {}: no rule names table {}; its changes invalidate nothing", config.name(), table);
        }
    }

    private void publish(ChangedRow row, List<Sent> sent) {
        if (!config.rules().isMapped(row.table())) {
            nameUnmapped(row.table());
            return;
        }
        List<Invalidated> all = row.isTruncate()
                ? config.rules().evaluateTruncate(row.table())
                : config.rules().evaluate(row.table(), row.before(), row.after());
        Instant changedAt = row.committedMicros() == 0 ? null : context.clock().toHost(row.committedMicros());
        for (Invalidated invalidated : all) {
            String why = invalidated.broadenedWhy();
            if (why != null) {
                context.listener().broadened(config.name(), invalidated.region());
                nameBroadened(invalidated, why);
            }
            sent.add(publish(invalidated.region(), invalidated.selectors(), changedAt));
        }
    }

    /** Logs once for each reason: a table without a full replica identity gives one for each row. */
    private void nameBroadened(Invalidated invalidated, String why) {
        if (broadenedNamed.size() < MAX_REASONS_NAMED && broadenedNamed.add(invalidated.region() + " " + why)) {
            boolean isAll = invalidated.selectors().contains(Selector.all());
            log.warn(
                    "source {}: {} of region {} is invalidated: {}. Further rows for the same reason are only counted",
                    config.name(),
                    isAll ? "all" : "more than the rules name",
                    invalidated.region(),
                    why);
        }
    }

    private Sent publish(String region, List<Selector> selectors, @Nullable Instant changedAt) {
        Change change = new Change(selectors, changedAt, OptionalLong.empty(), false, true);
        return new Sent(region, change, context.publisher().publish(region, change));
    }

    /** Waits for every acknowledgement and retries unacknowledged changes, until the session stops. */
    private void awaitAll(List<Sent> sent, SourceSession session) throws InterruptedException {
        List<Sent> waiting = sent;
        while (!waiting.isEmpty()) {
            List<Sent> refused = new ArrayList<>();
            String why = null;
            for (Sent one : waiting) {
                try {
                    one.receipt().get();
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof UnavailableException)) {
                        throw new IllegalStateException("a change cannot be published", e.getCause());
                    }
                    why = String.valueOf(e.getCause().getMessage());
                    refused.add(one);
                }
            }
            session.blocked(why);
            context.listener().published(config.name(), waiting.size() - refused.size());
            if (!refused.isEmpty()) {
                context.listener().retried(config.name(), refused.size());
                if (!session.pause(RETRY_PAUSE)) {
                    throw new InterruptedException("the source was stopped before every change was acknowledged");
                }
            }
            waiting = refused.stream()
                    .map(one -> new Sent(
                            one.region(), one.change(), context.publisher().publish(one.region(), one.change())))
                    .toList();
        }
    }
}

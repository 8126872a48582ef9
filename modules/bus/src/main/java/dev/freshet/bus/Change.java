package dev.freshet.bus;

import dev.freshet.schema.Limits;
import dev.freshet.schema.Selector;
import dev.freshet.schema.TraceContext;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a caller knows about one change. The publisher makes one invalidation of each selector.
 *
 * <pre>{@code
 * Change.ofKeys("user:1")
 * Change.builder().keys("user:1", "user:2").tags("team:7").changedAt(commitTime).build()
 * }</pre>
 *
 * @param selectors at least one; they add up
 * @param changedAt when the source changed, on the clock of this host; null: now
 * @param version goes with {@link Selector.Keys} only: stores and loads of these keys with a lower version are refused
 * @param awaited whether members report at once when they applied it; see {@link Publisher#awaitApplied}
 * @param forced whether to publish it however many entries it would evict; see {@link PublisherConfig#broadMaximumEntries}
 * @param trace the span in which it came about, which its invalidations carry if it is sampled; null: none
 */
public record Change(
        List<Selector> selectors,
        @Nullable Instant changedAt,
        OptionalLong version,
        boolean awaited,
        boolean forced,
        @Nullable TraceContext trace) {

    public Change {
        selectors = List.copyOf(selectors);
        if (selectors.isEmpty()) {
            throw new IllegalArgumentException("a change needs at least one of keys, tags, prefixes or all");
        }
        if (version.isPresent()) {
            if (!selectors.stream().allMatch(Selector.Keys.class::isInstance)) {
                throw new IllegalArgumentException("version goes with keys only");
            }
            if (version.getAsLong() < 0) {
                throw new IllegalArgumentException("version must not be negative, but is " + version.getAsLong());
            }
        }
    }

    /** Makes one without a trace. */
    public Change(
            List<Selector> selectors,
            @Nullable Instant changedAt,
            OptionalLong version,
            boolean awaited,
            boolean forced) {
        this(selectors, changedAt, version, awaited, forced, null);
    }

    /** Returns a copy that says when the source changed; null: now. */
    public Change withChangedAt(@Nullable Instant changedAt) {
        return new Change(selectors, changedAt, version, awaited, forced, trace);
    }

    /** Returns a copy with another trace; null: none. */
    public Change withTrace(@Nullable TraceContext trace) {
        return new Change(selectors, changedAt, version, awaited, forced, trace);
    }

    /** Returns a change of these keys that happens now; of any number of them, but at least one. */
    public static Change ofKeys(String... keys) {
        return builder().keys(keys).build();
    }

    /** Returns a change of what this selector names that happens now. */
    public static Change of(Selector selector) {
        return new Change(List.of(selector), null, OptionalLong.empty(), false, false);
    }

    /** Starts a change with several selectors, or with more than selectors. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects a change. Not thread-safe. */
    public static final class Builder {
        private final List<Selector> selectors = new ArrayList<>();
        private @Nullable Instant changedAt;
        private OptionalLong version = OptionalLong.empty();
        private boolean awaited;
        private boolean forced;
        private @Nullable TraceContext trace;

        private Builder() {}

        /** Adds keys: any number, but at least one. */
        public Builder keys(String... keys) {
            return select(Selector::keys, keys);
        }

        /** Adds tags: any number, but at least one. */
        public Builder tags(String... tags) {
            return select(Selector::tags, tags);
        }

        /** Adds prefixes: any number, but at least one. */
        public Builder prefixes(String... prefixes) {
            return select(Selector::prefixes, prefixes);
        }

        /** Adds as many selectors as the names need. */
        private Builder select(Function<String[], Selector> kind, String... names) {
            int from = 0;
            do {
                int to = Math.min(names.length, from + Limits.MAX_NAMES_PER_SELECTOR);
                select(kind.apply(Arrays.copyOfRange(names, from, to)));
                from = to;
            } while (from < names.length);
            return this;
        }

        /** Adds all of the region. */
        public Builder all() {
            return select(Selector.all());
        }

        /** Adds a selector. */
        public Builder select(Selector selector) {
            selectors.add(Objects.requireNonNull(selector));
            return this;
        }

        /** Says when the source changed, on the clock of this host. Without it: now. */
        public Builder changedAt(Instant changedAt) {
            this.changedAt = Objects.requireNonNull(changedAt);
            return this;
        }

        /** Says which version the source has now. Goes with keys only. */
        public Builder version(long version) {
            this.version = OptionalLong.of(version);
            return this;
        }

        /** Asks members to report at once when they applied it. */
        public Builder awaited() {
            this.awaited = true;
            return this;
        }

        /** Publishes the change however many entries it would evict. */
        public Builder force() {
            this.forced = true;
            return this;
        }

        /** Says in which span it came about; null: in none. */
        public Builder trace(@Nullable TraceContext trace) {
            this.trace = trace;
            return this;
        }

        /**
         * Returns the change.
         *
         * @throws IllegalArgumentException if it has no selector, or a version and a selector other than keys
         */
        public Change build() {
            return new Change(selectors, changedAt, version, awaited, forced, trace);
        }
    }
}

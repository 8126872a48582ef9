package dev.freshet.cache;

import dev.freshet.schema.Syntax;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a store says about its value. Immutable; each method returns a copy. Of several limits, the region's own included, the
 * earliest applies.
 */
public final class StoreOptions {

    /** The most tags an entry may have. */
    public static final int MAX_TAGS = 256;

    private static final StoreOptions NONE = new StoreOptions(null, null, List.of(), OptionalLong.empty());

    private final @Nullable Duration ttl;
    private final @Nullable Instant deadline;
    private final List<String> tags;
    private final OptionalLong version;

    private StoreOptions(@Nullable Duration ttl, @Nullable Instant deadline, List<String> tags, OptionalLong version) {
        this.ttl = ttl;
        this.deadline = deadline;
        this.tags = tags;
        this.version = version;
    }

    /** No options: only the region's own limits apply. */
    public static StoreOptions none() {
        return NONE;
    }

    /**
     * Keeps the value for at most this long; zero: it is not kept.
     *
     * @throws IllegalArgumentException if negative
     */
    public StoreOptions ttl(Duration ttl) {
        if (ttl.isNegative()) {
            throw new IllegalArgumentException("ttl must not be negative, but is " + ttl);
        }
        return new StoreOptions(ttl, deadline, tags, version);
    }

    /** Keeps the value at most until this moment of the machine's calendar clock. If it has passed, the value is not kept. */
    public StoreOptions deadline(Instant deadline) {
        return new StoreOptions(ttl, Objects.requireNonNull(deadline), tags, version);
    }

    /** Adds tags; see {@link #tags(Collection)}. */
    public StoreOptions tags(String... tags) {
        return tags(List.of(tags));
    }

    /**
     * Adds tags: an invalidation of any of them evicts the entry.
     *
     * @throws IllegalArgumentException if one is not a valid name, or there are more than {@value #MAX_TAGS}
     */
    public StoreOptions tags(Collection<String> more) {
        Set<String> union = new LinkedHashSet<>(tags);
        for (String tag : more) {
            union.add(Syntax.requireName("tag", tag));
        }
        if (union.size() > MAX_TAGS) {
            throw new IllegalArgumentException(
                    "an entry has at most " + MAX_TAGS + " tags, but this one has " + union.size());
        }
        return new StoreOptions(ttl, deadline, List.copyOf(union), version);
    }

    /**
     * Sets the version of the value, which an invalidation with a higher version refuses.
     *
     * @throws IllegalArgumentException if negative
     */
    public StoreOptions version(long version) {
        if (version < 0) {
            throw new IllegalArgumentException("version must not be negative, but is " + version);
        }
        return new StoreOptions(ttl, deadline, tags, OptionalLong.of(version));
    }

    public Optional<Duration> ttl() {
        return Optional.ofNullable(ttl);
    }

    public Optional<Instant> deadline() {
        return Optional.ofNullable(deadline);
    }

    public List<String> tags() {
        return tags;
    }

    public OptionalLong version() {
        return version;
    }
}

package dev.freshet.spring.boot;

import dev.freshet.RegionOptions;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.RegionCacheBuilder;
import dev.freshet.cache.UnconfirmedPolicy;
import dev.freshet.spring.FreshetCacheOptions;
import dev.freshet.spring.boot.FreshetProperties.CacheSettings;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Makes of a cache's properties, and of those of all caches, the options of one cache. */
final class CacheSettingsReader {

    private static final long DEFAULT_MAXIMUM_ENTRIES = 10_000;
    private static final Duration DEFAULT_UNCONFIRMED_AFTER = Duration.ofSeconds(2);
    private static final String DEFAULTS = "freshet.defaults";

    /** One property of a cache, and what it sets. */
    private record Setting<T>(
            String name,
            Function<CacheSettings, @Nullable T> value,
            BiFunction<RegionCacheBuilder<Object>, T, RegionCacheBuilder<Object>> apply) {}

    private static final List<Setting<?>> SETTINGS = List.of(
            new Setting<>("maximum-entries", CacheSettings::maximumEntries, RegionCacheBuilder::maximumEntries),
            new Setting<>("expire-after-write", CacheSettings::expireAfterWrite, RegionCacheBuilder::expireAfterWrite),
            new Setting<>(
                    "expire-after-access", CacheSettings::expireAfterAccess, RegionCacheBuilder::expireAfterAccess),
            new Setting<>("fail-safe", CacheSettings::failSafe, RegionCacheBuilder::failSafe),
            new Setting<>(
                    "refresh-after-write", CacheSettings::refreshAfterWrite, RegionCacheBuilder::refreshAfterWrite),
            new Setting<>("load-timeout", CacheSettings::loadTimeout, RegionCacheBuilder::loadTimeout),
            new Setting<>("soft-timeout", CacheSettings::softTimeout, RegionCacheBuilder::softTimeout),
            new Setting<>("reset-spread", CacheSettings::resetSpread, RegionCacheBuilder::resetSpread),
            new Setting<>("evict-again-after", CacheSettings::evictAgainAfter, RegionCacheBuilder::evictAgainAfter));

    private final CacheSettings defaults;
    private final List<FreshetCacheCustomizer> customizers;
    private final PropertyFaults faults;

    CacheSettingsReader(CacheSettings defaults, List<FreshetCacheCustomizer> customizers, PropertyFaults faults) {
        this.defaults = defaults;
        this.customizers = customizers;
        this.faults = faults;
        if (defaults.region() != null) {
            faults.add(
                    DEFAULTS + ".region",
                    "each cache needs a region of its own, so name it below freshet.caches.<name>");
        }
    }

    /** Returns the options of caches that the properties do not name. */
    FreshetCacheOptions defaults() {
        return options(FreshetCacheCustomizer.DEFAULTS, DEFAULTS, defaults);
    }

    /** Returns the options of a cache; what is refused is noted, and left out. */
    FreshetCacheOptions options(String cache, CacheSettings settings) {
        return options(cache, "freshet.caches." + cache, settings);
    }

    private FreshetCacheOptions options(String cache, String prefix, CacheSettings settings) {
        UnaryOperator<RegionCacheBuilder<Object>> changes = builder -> builder;
        for (Setting<?> setting : SETTINGS) {
            changes = with(changes, setting, prefix, settings);
        }
        changes = unconfirmed(changes, prefix, settings);
        requireThatAllFit(prefix, changes);

        UnaryOperator<RegionCacheBuilder<Object>> all = changes;
        RegionOptions<Object> region =
                RegionOptions.<Object>maximumEntries(DEFAULT_MAXIMUM_ENTRIES).cache(all);
        for (FreshetCacheCustomizer customizer : customizers) {
            region = customizer.region(cache, region);
        }
        FreshetCacheOptions options = FreshetCacheOptions.of(region);
        String name = settings.region();
        if (name != null && !prefix.equals(DEFAULTS)) {
            options = faults.apply(prefix + ".region", options, it -> it.region(name));
        }
        Duration absences = first(settings.absences(), defaults.absences());
        if (absences != null) {
            options = faults.apply(of(prefix, settings.absences()) + ".absences", options, it -> it.absences(absences));
        }
        Boolean writeThrough = first(settings.writeThrough(), defaults.writeThrough());
        if (writeThrough != null) {
            options = options.writeThrough(writeThrough);
        }
        for (FreshetCacheCustomizer customizer : customizers) {
            options = customizer.cache(cache, options);
        }
        return options;
    }

    private <T> UnaryOperator<RegionCacheBuilder<Object>> with(
            UnaryOperator<RegionCacheBuilder<Object>> before,
            Setting<T> setting,
            String prefix,
            CacheSettings settings) {
        T own = setting.value().apply(settings);
        T value = own != null ? own : setting.value().apply(defaults);
        return value == null
                ? before
                : checked(of(prefix, own) + "." + setting.name(), before, builder -> setting.apply()
                        .apply(builder, value));
    }

    private UnaryOperator<RegionCacheBuilder<Object>> unconfirmed(
            UnaryOperator<RegionCacheBuilder<Object>> before, String prefix, CacheSettings settings) {
        CacheSettings.Unconfirmed own = settings.unconfirmed();
        CacheSettings.Unconfirmed general = defaults.unconfirmed();
        UnconfirmedPolicy policy = first(own.policy(), general.policy());
        Duration after = first(own.after(), general.after());
        return policy == null && after == null
                ? before
                : checked(
                        of(prefix, own.after()) + ".unconfirmed.after",
                        before,
                        builder -> builder.unconfirmed(
                                policy == null ? UnconfirmedPolicy.SERVE : policy,
                                after == null ? DEFAULT_UNCONFIRMED_AFTER : after));
    }

    /** Returns both changes one after the other; only the first if the second one is refused. */
    private UnaryOperator<RegionCacheBuilder<Object>> checked(
            String property,
            UnaryOperator<RegionCacheBuilder<Object>> before,
            UnaryOperator<RegionCacheBuilder<Object>> change) {
        return faults.get(property, before, () -> {
            Objects.requireNonNull(change.apply(RegionCache.builder("property")));
            return builder -> change.apply(before.apply(builder));
        });
    }

    private void requireThatAllFit(String prefix, UnaryOperator<RegionCacheBuilder<Object>> changes) {
        faults.get(prefix, prefix, () -> {
            changes.apply(RegionCache.<Object>builder("property").maximumEntries(DEFAULT_MAXIMUM_ENTRIES))
                    .sweptByOwner()
                    .build()
                    .close();
            return prefix;
        });
    }

    /** Returns whose property it is: the cache's, if it says anything. */
    private static String of(String prefix, @Nullable Object own) {
        return own != null ? prefix : DEFAULTS;
    }

    private static <T> @Nullable T first(@Nullable T own, @Nullable T general) {
        return own != null ? own : general;
    }
}

package dev.freshet;

import dev.freshet.cache.Lookup;
import dev.freshet.cache.Mark;
import dev.freshet.cache.SourceWrite;
import dev.freshet.cache.WriteResult;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Gives each key as its text to the region. */
record TextKeyedRegion<K, V>(Region<V> region, KeyText<K> texts) implements KeyedRegion<K, V> {

    @Override
    public String text(K key) {
        return Objects.requireNonNull(texts.of(key), "a key's text must not be null");
    }

    @Override
    public @Nullable V get(K key, Loader<K, V> loader) {
        return region.get(text(key), (text, context) -> loader.load(key, context));
    }

    @Override
    public @Nullable V get(K key, Loader<K, V> loader, Mark since) {
        return region.get(text(key), (text, context) -> loader.load(key, context), since);
    }

    @Override
    public CompletableFuture<@Nullable V> getAsync(K key, AsyncLoader<K, V> loader) {
        return region.getAsync(text(key), (text, context) -> loader.load(key, context));
    }

    @Override
    public Map<K, V> getAll(Collection<K> keys, BulkLoader<K, V> loader) {
        Map<String, K> byText = new LinkedHashMap<>();
        for (K key : keys) {
            K other = byText.putIfAbsent(text(key), key);
            if (other != null && !other.equals(key)) {
                throw new IllegalArgumentException(
                        "two keys have the text \"" + text(key) + "\": a KeyText must keep keys apart");
            }
        }
        Map<K, V> values = new LinkedHashMap<>();
        region.getAll(byText.keySet(), (missing, context) -> {
                    Set<K> ofThem = new LinkedHashSet<>();
                    missing.forEach(text -> ofThem.add(Objects.requireNonNull(byText.get(text))));
                    Map<String, V> loaded = new LinkedHashMap<>();
                    loader.load(Collections.unmodifiableSet(ofThem), context)
                            .forEach((key, value) -> loaded.put(text(key), value));
                    return loaded;
                })
                .forEach((text, value) -> values.put(Objects.requireNonNull(byText.get(text)), value));
        return Collections.unmodifiableMap(values);
    }

    @Override
    public @Nullable V getIfPresent(K key) {
        return region.getIfPresent(text(key));
    }

    @Override
    public Lookup<V> lookup(K key) {
        return region.lookup(text(key));
    }

    @Override
    public Published invalidate(K key) {
        return region.invalidate(text(key));
    }

    @Override
    public Published invalidateAll(Collection<K> keys) {
        return region.invalidate(keys.stream().map(this::text).toArray(String[]::new));
    }

    @Override
    public <X extends Exception> WriteResult write(K key, @Nullable V value, SourceWrite<X> write) throws X {
        return region.write(text(key), value, write);
    }
}

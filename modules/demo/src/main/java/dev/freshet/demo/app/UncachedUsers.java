package dev.freshet.demo.app;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keeps nothing in this process: each read is a read of the source. */
final class UncachedUsers implements CachedUsers {

    @Override
    public @Nullable User find(long id, Source source) throws Exception {
        return source.load(id);
    }

    @Override
    public String changed(User user, Instant committedAt) {
        return "";
    }

    @Override
    public List<String> report(long number) {
        return List.of("0 uncached 0 0 0");
    }

    @Override
    public void close() {}
}

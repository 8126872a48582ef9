package dev.freshet.cache.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.bus.Change;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.fakes.PublishOnly;
import dev.freshet.cache.CacheException;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.WriteResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A write-through returns in time, whatever the log does, and writes nothing that it could not invalidate. */
@Timeout(240)
class WriteTimeoutTest {

    /** A log that never answers. */
    private static final class Silent extends PublishOnly {
        final List<Change> published = new ArrayList<>();

        @Override
        public CompletableFuture<Receipt> publish(String region, Change change) {
            published.add(change);
            return new CompletableFuture<>();
        }
    }

    private final Silent silent = new Silent();
    private final RegionCache<String> local =
            RegionCache.<String>builder("users").maximumEntries(10).build();
    private final CachedRegion<String> users = CachedRegion.over(local)
            .publisher(silent)
            .writeTimeout(Duration.ofMillis(50))
            .build();

    @Test
    void aWriteWhoseInvalidationIsNeverAcknowledgedSaysSoInTime() {
        local.put("user:1", "old");
        WriteResult written = users.write("user:1", "new", write -> {});
        assertThat(written.isPublished()).isFalse();
        assertThat(written.isStored()).isFalse();
        assertThat(written.fault())
                .isInstanceOf(CacheException.class)
                .hasMessageContaining("user:1")
                .hasMessageContaining("50 ms");
        assertThat(local.getIfPresent("user:1")).isNull();
    }

    @Test
    void aWriteThatFailsAndWhoseInvalidationIsNeverAcknowledgedSaysSoInTime() {
        assertThatThrownBy(() -> users.write("user:1", "new", write -> {
                    throw new IOException("the connection broke");
                }))
                .isInstanceOf(IOException.class)
                .satisfies(fault -> assertThat(fault.getSuppressed())
                        .singleElement()
                        .satisfies(suppressed -> assertThat(suppressed)
                                .isInstanceOf(CacheException.class)
                                .hasMessageContaining("50 ms")
                                .hasMessageContaining("afterWrite")));
    }

    @Test
    void anInterruptedWriterHearsTheOutcomeAndStaysInterrupted() {
        WriteResult written =
                users.write("user:1", "new", write -> Thread.currentThread().interrupt());
        assertThat(Thread.interrupted()).isTrue();
        assertThat(written.isPublished()).isFalse();
        assertThat(silent.published).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a\ud800", "\udc00"})
    void nothingIsWrittenUnderAKeyThatCannotBeInvalidated(String key) {
        AtomicInteger writes = new AtomicInteger();
        for (String invalid : new String[] {key, "x".repeat(513), "ü".repeat(257)}) {
            assertThatThrownBy(() -> users.write(invalid, "new", write -> writes.incrementAndGet()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("key");
        }
        assertThat(writes).hasValue(0);
        assertThat(silent.published).isEmpty();
    }

    @Test
    void aTimeoutThatLeavesNoTimeIsRefused() {
        assertThatThrownBy(() -> CachedRegion.over(local).writeTimeout(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT0S");
    }
}

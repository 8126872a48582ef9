package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.Lease;
import dev.freshet.cache.Lookup;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Null is never taken for "there is no value": a caller that means an absence says so with {@code storeAbsence}. */
@SuppressWarnings("NullAway") // callers in other languages, and without the checker, pass null
class NullArgumentsTest {

    private final RegionCache<String> cache = new Bench().builder().build();
    private final CachedRegion<String> region = CachedRegion.over(cache).build();

    private static void isRefused(String parameter, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(NullPointerException.class).hasMessageStartingWith(parameter);
    }

    @Test
    void aNullValueIsNotStoredAsAnAbsence() {
        isRefused("value", () -> cache.put("k", null));
        isRefused("value", () -> cache.put("k", null, StoreOptions.none()));
        isRefused("value", () -> cache.store(cache.lease("k"), null, StoreOptions.none()));
        isRefused("value", () -> cache.store("k", cache.lease("k").token(), null, StoreOptions.none()));
        isRefused("value", () -> region.store(cache.lease("k"), null, StoreOptions.none()));
        isRefused("value", () -> region.store("k", cache.lease("k").token(), null, StoreOptions.none()));
        assertThat(cache.lookup("k")).isInstanceOf(Lookup.Miss.class);
    }

    @Test
    void whatIsRefusedForItsNullLeavesTheLeaseGood() {
        Lease lease = cache.lease("k");
        isRefused("value", () -> cache.store(lease, null, StoreOptions.none()));
        assertThat(cache.storeAbsence(lease, StoreOptions.none()).isStored()).isTrue();
        assertThat(cache.find("k").orElseThrow().isAbsence()).isTrue();
    }

    @Test
    void theParameterThatIsNullIsNamed() {
        isRefused("key", () -> cache.put(null, "v"));
        isRefused("options", () -> cache.put("k", "v", null));
        isRefused("lease", () -> cache.store(null, "v", StoreOptions.none()));
        isRefused("options", () -> cache.store(cache.lease("k"), "v", null));
        isRefused("key", () -> cache.store(null, cache.lease("k").token(), "v", StoreOptions.none()));
        isRefused("options", () -> cache.store("k", cache.lease("k").token(), "v", null));
        isRefused("lease", () -> cache.storeAbsence(null, StoreOptions.none()));
        isRefused("options", () -> cache.storeAbsence(cache.lease("k"), null));
        isRefused("key", () -> cache.storeAbsence(null, cache.lease("k").token(), StoreOptions.none()));
        isRefused("options", () -> cache.storeAbsence("k", cache.lease("k").token(), null));
        isRefused("key", () -> cache.release(null, cache.lease("k").token()));
        isRefused("token", () -> cache.release("k", null));
        isRefused("lease", () -> region.store(null, "v", StoreOptions.none()));
        isRefused("key", () -> region.store(null, cache.lease("k").token(), "v", StoreOptions.none()));
    }
}

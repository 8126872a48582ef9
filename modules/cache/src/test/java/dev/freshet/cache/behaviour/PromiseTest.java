package dev.freshet.cache.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.RegionSubscription;
import dev.freshet.cache.Promise;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.UnleasedStores;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.EnumSet;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Each promise is kept or broken by itself. */
class PromiseTest {

    private final Bench bench = new Bench();

    /** A subscription that knows only how far its clock may be off. */
    private static RegionSubscription withClockError(OptionalLong micros) {
        return (RegionSubscription) Proxy.newProxyInstance(
                RegionSubscription.class.getClassLoader(),
                new Class<?>[] {RegionSubscription.class},
                (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("clockErrorMicros");
                    return micros;
                });
    }

    private static Set<Promise> kept(RegionCache<?> cache, OptionalLong clockErrorMicros) {
        Set<Promise> kept = EnumSet.noneOf(Promise.class);
        for (Promise promise : Promise.values()) {
            if (promise.isKept(cache, withClockError(clockErrorMicros))) {
                kept.add(promise);
            }
        }
        return kept;
    }

    @Test
    void eachHasAConditionOfItsOwn() {
        RegionCache<String> cache = bench.builder().build();
        RegionCache<String> accepting =
                bench.builder().unleasedStores(UnleasedStores.ACCEPT).build();

        assertThat(kept(cache, OptionalLong.empty())).containsOnly(Promise.NOTHING_COMES_BACK);
        assertThat(kept(cache, OptionalLong.of(1)))
                .containsOnly(Promise.NOTHING_COMES_BACK, Promise.STALENESS_MEASURED);
        assertThat(kept(accepting, OptionalLong.of(1))).containsOnly(Promise.STALENESS_MEASURED);
        bench.attach(cache);
        assertThat(kept(cache, OptionalLong.of(1))).containsOnly(Promise.values());
        bench.advance(Duration.ofHours(1));
        assertThat(kept(cache, OptionalLong.of(1))).doesNotContain(Promise.NOTHING_LOST);
    }
}

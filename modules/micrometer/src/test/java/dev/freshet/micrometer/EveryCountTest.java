package dev.freshet.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.Freshet;
import dev.freshet.FreshetStats;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierStats;
import dev.freshet.cache.CacheStats;
import dev.freshet.cache.CachedRegion;
import dev.freshet.cache.CachedRegionStats;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.ServingState;
import dev.freshet.cache.UnleasedStores;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the layers below count shows in a meter: a component that is new in one of their records fails here until it does. */
@Tag("pure")
class EveryCountTest {

    /** Known only when the client is closed, and its meters with it. */
    private static final Set<String> NOT_SHOWN = Set.of("queueLost");

    private static final List<Class<? extends Record>> COUNTS =
            List.of(CacheStats.class, CachedRegionStats.class, TierStats.class, FreshetStats.class);

    static Stream<Arguments> components() {
        return COUNTS.stream().flatMap(type -> Arrays.stream(type.getRecordComponents())
                .filter(component -> !NOT_SHOWN.contains(component.getName()))
                .map(component -> Arguments.of(type, component.getName())));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("components")
    void everyCountShowsInAMeter(Class<? extends Record> type, String component) {
        assertThat(shown(type, component)).isNotEqualTo(shown(type, "nothing"));
    }

    /** Returns the values of all meters if this component is 7, and all others are 0. */
    private static Map<String, List<Double>> shown(Class<? extends Record> type, String component) {
        RegionCache<?> cache = answering(
                RegionCache.class,
                Map.of(
                        "region",
                        "users",
                        "state",
                        ServingState.CONFIRMED,
                        "unleasedStores",
                        UnleasedStores.REFUSE,
                        "stats",
                        stats(CacheStats.class, type, component)));
        CachedRegion<?> region = answering(
                CachedRegion.class,
                Map.of("region", "users", "local", cache, "stats", stats(CachedRegionStats.class, type, component)));
        RedisTier.Region tier =
                answering(RedisTier.Region.class, Map.of("stats", stats(TierStats.class, type, component)));
        Freshet freshet = answering(
                Freshet.class,
                Map.of(
                        "publisher",
                        answering(Publisher.class, Map.of()),
                        "stats",
                        stats(FreshetStats.class, type, component)));
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        MeterGroup all = MeterGroup.claim(registry, Tags.empty(), "test");
        ClientMeters meters = new ClientMeters(all.with(), all.with(), List.of(), named -> Tags.empty());
        meters.publisherListener();
        meters.subscriberListener();
        meters.connected(freshet, answering(Subscriber.class, Map.of("regions", Map.of())));
        meters.opening(region, tier);
        return registry.getMeters().stream()
                .filter(meter -> !meter.getId().getName().matches("freshet.(unconfirmed|clock.error)"))
                .collect(Collectors.toMap(meter -> meter.getId().toString(), meter -> values(meter.measure())));
    }

    private static List<Double> values(Iterable<Measurement> measured) {
        return Stream.of(measured)
                .flatMap(all -> StreamSupport.stream(all.spliterator(), false))
                .map(Measurement::getValue)
                .toList();
    }

    /** Returns an object that answers these methods, and all others that have a number with 0. */
    private static <T> T answering(Class<T> type, Map<String, Object> answers) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    Class<?> returned = method.getReturnType();
                    return switch (method.getName()) {
                        case "hashCode" -> System.identityHashCode(proxy);
                        case "equals" -> proxy == arguments[0];
                        default -> answers.getOrDefault(method.getName(), zero(returned));
                    };
                }));
    }

    private static @Nullable Object zero(Class<?> type) {
        if (type == int.class) {
            return 0;
        }
        if (type == long.class) {
            return 0L;
        }
        return type == boolean.class ? false : null;
    }

    private static <R extends Record> R stats(Class<R> type, Class<? extends Record> asked, String component) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Object[] values = Arrays.stream(components)
                .map(one -> value(one, type == asked && one.getName().equals(component) ? 7 : 0))
                .toArray();
        try {
            return type.getConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    private static Object value(RecordComponent component, long number) {
        if (component.getType() == int.class) {
            return (int) number;
        }
        return component.getType() == Map.class ? mapOf(component, number) : (Object) number;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Map<?, Long> mapOf(RecordComponent component, long number) {
        Class keys = (Class) ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
        Map map = new EnumMap(keys);
        map.put(keys.getEnumConstants()[0], number);
        return map;
    }
}

package dev.freshet.proofs.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.redis.ScriptCall;
import dev.freshet.bus.internal.tier.PipelinedRegion;
import dev.freshet.bus.internal.tier.TierCalls;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.bus.tier.TierLease;
import dev.freshet.bus.tier.TierRead;
import dev.freshet.bus.tier.TierValue;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.RecordBody;
import dev.freshet.schema.RecordCodec;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.RedisExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Holds the model of Redis against Redis: the production's scripts, run side by side in random order, answer the same. Only times
 * differ, by as much as one call takes.
 */
class RedisModelTest {

    private static final int STEPS = 400;
    private static final List<String> KEYS = List.of("user:1", "user:2", "order:1", "\u00fc");
    private static final List<String> TAGS = List.of("team:1", "a b,c\n");

    /** Where replies of the tier hold times: milliseconds of Redis, of the life that is left, and of the age. */
    private static final List<Integer> TIMES = List.of(4, 5, 6);

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private final LuaRunner lua = new LuaRunner();
    private final World world = new World(lua, 10_000, 64, null);
    private final RedisModel model = Objects.requireNonNull(world.official().server);
    private final List<String> history = new ArrayList<>();

    /** Runs each call on both. */
    private final class Both implements TierCalls {
        private final String runId = REDIS.server()
                .execute("INFO", "server")
                .lines()
                .filter(line -> line.startsWith("run_id:"))
                .map(line -> line.substring("run_id:".length()).strip())
                .findFirst()
                .orElseThrow();

        @Override
        public CompletableFuture<List<?>> offer(String head, long valueBytes, Function<String, ScriptCall> script) {
            return CompletableFuture.completedFuture((List<?>) run(SimulatedCall.of(script.apply(runId))));
        }

        private Object run(SimulatedCall call) {
            Object real = Objects.requireNonNull(REDIS.server().reply(eval(call)));
            // After Redis, so that the model's clock is not behind a time that Redis has told.
            world.pass(Math.max(0, micros() - model.timeMicros()));
            List<byte[]> arguments = new ArrayList<>(call.arguments());
            arguments.set(0, model.runId.getBytes(StandardCharsets.UTF_8));
            Object modelled = lua.run(model, new SimulatedCall(call.script(), call.keys(), arguments));
            history.add(call.keys() + " -> " + texts(real));
            assertThat(texts(modelled)).as(() -> String.join("\n", history)).isEqualTo(texts(real));
            return real;
        }

        private static List<byte[]> eval(SimulatedCall call) {
            List<byte[]> command = new ArrayList<>();
            Stream.concat(
                            Stream.of(
                                    "EVAL",
                                    call.script(),
                                    Integer.toString(call.keys().size())),
                            call.keys().stream())
                    .forEach(part -> command.add(part.getBytes(StandardCharsets.UTF_8)));
            command.addAll(call.arguments());
            return command;
        }

        private static long micros() {
            List<String> time = REDIS.server().execute("TIME").lines().toList();
            return Long.parseLong(time.get(0)) * 1_000_000 + Long.parseLong(time.get(1));
        }
    }

    /** A reply as text, without its times. */
    private static Object texts(@Nullable Object reply) {
        if (reply instanceof List<?> list) {
            List<Object> texts = new ArrayList<>();
            for (int i = 0; i < list.size(); i++) {
                texts.add(list.size() > 4 && TIMES.contains(i) ? "time" : texts(list.get(i)));
            }
            return texts;
        }
        String text =
                reply instanceof byte[] bytes ? new String(bytes, StandardCharsets.ISO_8859_1) : String.valueOf(reply);
        // A value's frame holds the time of its store; what an append answers, that of the append.
        return text.replaceAll("^([0-9a-f]{16} \\d+) \\d+", "$1 time");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void theProductionsScriptsAnswerTheSame(long seed) {
        REDIS.server().flushAll();
        Both both = new Both();
        SimulatedAppends appends = new SimulatedAppends(World.REGION, 10_000, Duration.ofMinutes(1));
        List<RedisTier.Region> regions = new ArrayList<>();
        for (int codec = 0; codec < 3; codec++) {
            regions.add(new PipelinedRegion(world.names, Duration.ofMinutes(10), both, TimeSource.SYSTEM, null)
                    .ofCodecVersion(codec));
        }
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, TierLease> leases = new HashMap<>();
        int found = 0;
        for (int step = 0; step < STEPS; step++) {
            int codec = random.nextInt(regions.size());
            String key = KEYS.get(random.nextInt(KEYS.size()));
            int what = random.nextInt(100);
            if (what < 45) {
                TierRead read = regions.get(codec).read(key).join();
                if (read instanceof TierRead.Found hit) {
                    found++;
                    leases.put(codec + key, hit.lease());
                } else if (read instanceof TierRead.Absent miss) {
                    leases.put(codec + key, miss.lease());
                }
            } else if (what < 83) {
                TierLease lease = leases.get(codec + key);
                if (lease != null) {
                    store(regions.get(codec), key, lease, random);
                }
            } else if (what < 93) {
                var unused = both.run(appends.call(both.runId, List.of(body(selector(random)))));
            } else if (what < 96) {
                regions.get(codec).evict(List.of(selector(random))).join();
            } else {
                behindTheBack(random);
            }
        }
        assertThat(found).as("values that were found, or this shows little").isGreaterThan(3);
    }

    private static void store(RedisTier.Region region, String key, TierLease lease, SplittableRandom random) {
        List<String> tags = TAGS.stream().filter(tag -> random.nextBoolean()).toList();
        OptionalLong version = random.nextInt(3) == 0 ? OptionalLong.of(random.nextInt(3)) : OptionalLong.empty();
        TierValue value = random.nextInt(5) == 0
                ? TierValue.absence(tags, version)
                : TierValue.of(("\u00fc\n " + random.nextInt()).getBytes(StandardCharsets.UTF_8), tags, version);
        region.store(key, lease, value, Duration.ofMinutes(5)).join();
    }

    /** What strangers do, to both. */
    private void behindTheBack(SplittableRandom random) {
        String key =
                switch (random.nextInt(4)) {
                    case 0 -> world.names.head();
                    case 1 -> world.names.fences(random.nextInt(2));
                    default -> world.names.value(KEYS.get(random.nextInt(KEYS.size())));
                };
        history.add("removed " + key);
        if (key.equals(world.names.head()) && random.nextBoolean()) {
            REDIS.server().execute("HDEL", key, "tier");
            model.hash(key).remove("tier");
            return;
        }
        REDIS.server().execute("DEL", key);
        model.remove(new String(key.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
    }

    private static Selector selector(SplittableRandom random) {
        return switch (random.nextInt(5)) {
            case 0, 1 -> Selector.keys(KEYS.get(random.nextInt(KEYS.size())), "another");
            case 2 -> Selector.tags(TAGS.get(random.nextInt(TAGS.size())));
            case 3 -> Selector.prefixes(random.nextBoolean() ? "user:" : "\u00fc");
            default -> Selector.all();
        };
    }

    private static byte[] body(Selector selector) {
        return RecordCodec.encodeBody(new RecordBody(
                "test", OptionalLong.empty(), List.of(new Invalidation(selector, 0, 0, OptionalLong.empty()))));
    }
}

package dev.freshet.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.Audited;
import dev.freshet.bus.Change;
import dev.freshet.bus.Confirmation;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.RedisTime;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.patience.Patient;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.cache.UnleasedStores;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An auditor of real members on a real Redis finds what is planted, and nothing else. */
class AuditorTest {

    private static final Duration SOON = Duration.ofMillis(100);
    private static final Duration LONG = Duration.ofSeconds(60);

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private final AuditTally tally = new AuditTally();

    /** What the source holds. */
    private final Map<String, String> source = new ConcurrentHashMap<>();

    /** A cache whose eviction can be switched off: it hears of every record, and does nothing. */
    private static final class DeafCache implements RegionReader {
        private final RegionCache<String> cache;
        volatile boolean isDeaf = true;

        DeafCache(RegionCache<String> cache) {
            this.cache = cache;
        }

        @Override
        public void attached(Confirmation confirmation, RedisTime time) {
            cache.attached(confirmation, time);
        }

        @Override
        public void apply(LoggedRecord record) {
            if (!isDeaf) {
                cache.apply(record);
            }
        }

        @Override
        public void reset(ResetReason reason) {
            cache.reset(reason);
        }

        @Override
        public void joined() {
            cache.joined();
        }

        @Override
        public @Nullable Audited audit(AuditQuery query) {
            return cache.audit(query);
        }
    }

    private Publisher publisher() {
        return open.closing(Publisher.connect(Patient.publisher(REDIS.uri()).withName("writer")));
    }

    private RegionCache<String> cache() {
        return open.closing(RegionCache.<String>builder("users")
                .maximumEntries(1_000)
                .unleasedStores(UnleasedStores.ACCEPT)
                .valueBytes(value -> value.getBytes(StandardCharsets.UTF_8))
                .build());
    }

    private void member(String name, RegionReader reader) {
        Subscriber subscriber = open.closing(
                Subscriber.connect(Patient.subscriber(REDIS.uri()).withName(name), Map.of("users", reader)));
        await().until(subscriber::isCaughtUp);
    }

    private Auditor auditor(Publisher publisher, Map<String, Truth> truths) {
        Auditor auditor = open.closing(Auditor.start(
                publisher,
                new AuditConfig(List.of("users"), 1, List.of(SOON, SOON.multipliedBy(2)), truths, LONG),
                tally));
        return auditor;
    }

    /** Waits until the auditor has seen where the log stands: what is appended before is not audited. */
    private static void awaitBegin(Publisher publisher, AuditTally tally) {
        await().until(() -> {
            publisher.publish("users", Change.ofKeys("nobody-has-this")).join();
            return !tally.moments().isEmpty();
        });
    }

    private Truth truth() {
        return key -> {
            String value = source.get(key);
            return value == null ? Truth.Answer.ABSENT : Truth.Answer.of(value.getBytes(StandardCharsets.UTF_8));
        };
    }

    private static Change change(String kind) {
        return switch (kind) {
            case "keys" -> Change.ofKeys("user:1", "user:2");
            case "tags" -> Change.builder().tags("team:7").build();
            case "prefixes" -> Change.builder().prefixes("user:").build();
            default -> Change.builder().all().build();
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"keys", "tags", "prefixes", "all"})
    void aMemberWhoseEvictionIsSwitchedOffIsFoundAndTheOthersAreNot(String kind) throws Exception {
        RegionCache<String> healthy = cache();
        RegionCache<String> ill = cache();
        member("healthy", healthy);
        member("ill", new DeafCache(ill));
        Publisher publisher = publisher();
        Auditor auditor = auditor(publisher, Map.of());
        awaitBegin(publisher, tally);
        healthy.put("user:1", "old", StoreOptions.none().tags("team:7"));
        ill.put("user:1", "old", StoreOptions.none().tags("team:7"));

        var receipt = publisher.publish("users", change(kind)).join();
        await().until(() -> tally.findings().size() >= 2);
        assertThat(auditor.finish(LONG)).isTrue();

        assertThat(tally.findings()).hasSize(2).allSatisfy(finding -> {
            assertThat(finding.kind()).isEqualTo(AuditFinding.Kind.STALE);
            assertThat(finding.memberName()).isEqualTo("ill");
            assertThat(finding.record()).isEqualTo(receipt.position());
            assertThat(finding.origin()).isEqualTo("writer");
            assertThat(finding.keys()).containsExactly("user:1");
            assertThat(finding.toString())
                    .contains("ill", "writer", AuditFinding.hash("user:1"))
                    .doesNotContain("user:1 ");
        });
        assertThat(tally.findings()).extracting(AuditFinding::after).containsExactly(SOON, SOON.multipliedBy(2));
        AuditTally.Moment first = Objects.requireNonNull(tally.moments().get(SOON));
        assertThat(first.stale()).isEqualTo(1);
        assertThat(first.checked()).as("two members for each record").isGreaterThanOrEqualTo(4);
        assertThat(first.unanswered() + tally.skipped() + tally.failures()).isZero();
    }

    @Test
    void whatIsStoredAfterTheChangeAndWhatHasItsVersionIsFresh() throws Exception {
        RegionCache<String> cache = cache();
        member("one", cache);
        Publisher publisher = publisher();
        Auditor auditor = auditor(publisher, Map.of());
        awaitBegin(publisher, tally);
        cache.put("user:1", "of this version", StoreOptions.none().version(7));
        publisher
                .publish("users", Change.builder().keys("user:1").version(7).build())
                .join();
        var receipt = publisher
                .publish("users", Change.builder().keys("user:2").awaited().build())
                .join();
        publisher.awaitApplied(List.of(receipt), LONG).join();
        cache.put("user:2", "new");

        assertThat(auditor.finish(LONG)).isTrue();
        assertThat(cache.getIfPresent("user:1")).isNotNull();
        assertThat(cache.getIfPresent("user:2")).isNotNull();
        assertThat(tally.findings()).isEmpty();
    }

    @Test
    void aMemberThatCannotTellIsNeverCountedAsFresh() throws Exception {
        member("mute", new RegionReader() {
            @Override
            public void apply(LoggedRecord record) {}

            @Override
            public void reset(ResetReason reason) {}

            @Override
            public void joined() {}
        });
        Publisher publisher = publisher();
        Auditor auditor = auditor(publisher, Map.of());
        awaitBegin(publisher, tally);
        assertThat(auditor.finish(LONG)).isTrue();
        assertThat(tally.moments().values()).allSatisfy(moment -> {
            assertThat(moment.checked()).isZero();
            assertThat(moment.unanswered()).isPositive();
        });
    }

    @Test
    void aStoreWithoutALeaseOfWhatWasReadBeforeTheChangeIsFoundByTheTruth() {
        RegionCache<String> cache = cache();
        member("one", cache);
        Publisher publisher = publisher();
        source.put("user:1", "old");
        String slow = String.valueOf(source.get("user:1")); // a load that takes long
        source.put("user:1", "new");
        publisher.publish("users", Change.ofKeys("user:1")).join();
        await().until(() -> cache.getIfPresent("user:1") == null);
        cache.put("user:1", slow); // the region waives the lease, and so the promise

        auditor(publisher, Map.of("users", truth()));
        await().until(() -> tally.findings().size() >= 2);
        assertThat(tally.findings()).allSatisfy(finding -> {
            assertThat(finding.kind()).isEqualTo(AuditFinding.Kind.WRONG);
            assertThat(finding.keys()).containsExactly("user:1");
            assertThat(finding.memberName()).isEqualTo("one");
            assertThat(finding.record()).isNull();
        });
        assertThat(tally.moments().values())
                .allSatisfy(moment -> assertThat(moment.stale()).isZero());
    }

    @Test
    void anUpdateThatNoRuleMapsIsFoundByTheTruth() {
        RegionCache<String> cache = cache();
        member("one", cache);
        Publisher publisher = publisher();
        source.put("user:1", "a");
        source.put("user:2", "b");
        cache.put("user:1", "a");
        cache.put("user:2", "b");
        auditor(publisher, Map.of("users", truth()));
        await().until(() -> tally.compared() >= 2);
        assertThat(tally.findings()).isEmpty();

        source.put("user:2", "changed, and nobody said so");
        await().until(() -> tally.findings().size() >= 2);
        assertThat(tally.findings())
                .allSatisfy(finding -> assertThat(finding.keys()).containsExactly("user:2"));
    }

    @Test
    void aCachedAbsenceOfWhatExistsNowIsWrong() {
        RegionCache<String> cache = cache();
        member("one", cache);
        assertThat(cache.get("user:1", (key, load) -> {
                    load.cacheAbsence();
                    return null;
                }))
                .isNull();
        auditor(publisher(), Map.of("users", truth()));
        await().until(() -> tally.compared() > 0);
        assertThat(tally.findings()).isEmpty();
        source.put("user:1", "it exists");
        await().until(() -> !tally.findings().isEmpty());
    }

    @Test
    void aTruthThatFailsIsNoFinding() {
        RegionCache<String> cache = cache();
        member("one", cache);
        cache.put("user:1", "a");
        cache.put("cart:1", "not covered");
        auditor(publisher(), Map.of("users", key -> {
            if (key.startsWith("cart:")) {
                return Truth.Answer.NOT_COVERED;
            }
            throw new IllegalStateException("the database is down");
        }));
        await().until(() -> tally.failures() > 1);
        assertThat(String.valueOf(tally.lastFailure())).contains("the truth cannot be read", "the database is down");
        assertThat(tally.findings()).isEmpty();
    }
}

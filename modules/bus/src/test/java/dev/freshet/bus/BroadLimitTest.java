package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.UnavailableException.Reason;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A limit on what tags, prefixes and all may evict at once. Each reader counts 7 entries a selector. */
class BroadLimitTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static final Duration LONG = Duration.ofSeconds(60);

    /** Too short for anything to happen that needs time. */
    private static final Duration SHORT = Duration.ofMillis(500);

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    /** A publisher that waits as long as a loaded machine needs for members that do answer. */
    private Publisher publisher(long maximumEntries) {
        return publisher(maximumEntries, LONG);
    }

    private Publisher publisher(long maximumEntries, Duration timeout) {
        Publisher publisher = Publisher.connect(Patient.publisher(REDIS.uri()).withBroadLimit(maximumEntries, timeout));
        open.add(publisher);
        return publisher;
    }

    private void member(RegionReader reader, String name) {
        member(Patient.subscriber(REDIS.uri()).withName(name), reader);
    }

    private void member(SubscriberConfig config, RegionReader reader) {
        Subscriber subscriber = Subscriber.connect(config, Map.of("users", reader));
        open.add(subscriber);
        await().until(subscriber::isCaughtUp);
    }

    private static BusException refusal(CompletableFuture<?> answer) {
        try {
            answer.join();
        } catch (CompletionException e) {
            return (BusException) Objects.requireNonNull(e.getCause());
        }
        throw new AssertionError("it was done: " + answer.join());
    }

    private static Change change(String selector) {
        return switch (selector) {
            case "tag" -> Change.builder().tags("team:7").build();
            case "prefix" -> Change.builder().prefixes("user:").build();
            default -> Change.builder().all().build();
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"tag", "prefix", "all"})
    void whatWouldEvictMoreIsRefusedWithTheNumbersUnlessForced(String selector) {
        member(new RecordingReader(), "one");
        member(new RecordingReader(), "two");
        Publisher publisher = publisher(13);

        TooBroadException refusal = (TooBroadException) refusal(publisher.publish("users", change(selector)));
        assertThat(refusal.entries()).isEqualTo(14);
        assertThat(refusal.members()).isEqualTo(2);
        assertThat(refusal.maximumEntries()).isEqualTo(13);
        assertThat(refusal).hasMessageContainingAll("14 entries of users", "2 live members", "at most 13");
        assertThat(publisher.region("users").join().logRecords()).isZero();

        Change forced = Change.builder()
                .select(change(selector).selectors().get(0))
                .force()
                .build();
        assertThat(publisher.publish("users", forced).join().position().sequence())
                .isEqualTo(1);
    }

    @Test
    void whatEvictsAsManyAsAllowedAndWhatNamesKeysPasses() {
        RecordingReader reader = new RecordingReader();
        member(reader, "one");
        Publisher publisher = publisher(7);

        publisher.publish("users", change("all")).join();
        publisher(1).publish("users", Change.ofKeys("a", "b", "c")).join();
        await().until(() -> reader.keys().size() == 3 && reader.events().contains("all"));
    }

    @Test
    void onlyTheBroadPartOfAChangeCounts() {
        member(new RecordingReader(), "one");
        publisher(7)
                .publish("users", Change.builder().keys("a").tags("t").build())
                .join();
    }

    @Test
    void withoutMembersNothingWouldGo() {
        publisher(1).publish("users", change("all")).join();
    }

    @Test
    void aMemberThatDoesNotCountInTimeIsNamedAndTheChangeIsNotPublished() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        member(
                new RecordingReader() {
                    @Override
                    public long count(List<Selector> selectors) {
                        try {
                            stuck.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        return 0;
                    }
                },
                "slow-counter");
        try {
            Publisher publisher = publisher(100, SHORT);
            UnavailableException refusal = (UnavailableException) refusal(publisher.publish("users", change("all")));
            assertThat(refusal.reason()).isEqualTo(Reason.NOT_COUNTED);
            assertThat(refusal).hasMessageContaining("slow-counter");
            assertThat(refusal.mayHaveBeenAppended()).isFalse();
            publisher.publish("users", Change.builder().all().force().build()).join();
        } finally {
            stuck.countDown();
        }
    }

    @Test
    void aMemberThatIsCutOffKeepsTheLimitFromBeingKnown() throws Exception {
        try (FaultProxy proxy = FaultProxy.to(REDIS.host(), REDIS.port())) {
            member(Patient.subscriber(proxy.redisUri()), new RecordingReader());
            publisher(100).publish("users", change("all")).join();

            proxy.blackhole();
            assertThat(refusal(publisher(100, SHORT).publish("users", change("all"))))
                    .isInstanceOf(UnavailableException.class);
        }
    }

    @Test
    void aMemberThatIsCutOffKeepsTheLimitFromBeingKnownOnlyUntilItCountsAsGone() throws Exception {
        try (FaultProxy proxy = FaultProxy.to(REDIS.host(), REDIS.port())) {
            member(Patient.subscriber(proxy.redisUri()).withGoneAfter(Duration.ofSeconds(1)), new RecordingReader());
            Publisher publisher = publisher(100, SHORT);

            proxy.blackhole();
            await().ignoreExceptions().untilAsserted(() -> assertThat(
                            publisher.publish("users", change("all")).get())
                    .isNotNull());
        }
    }

    @Test
    void moreTagsThanOneQuestionHoldsAreCountedInSeveral() {
        member(new RecordingReader(), "one");
        List<String> tags =
                IntStream.range(0, 4_000).mapToObj(i -> "t".repeat(300) + i).toList();

        DryRunResult counted = publisher(0)
                .dryRun("users", List.of(new Selector.Tags(tags)), LONG)
                .join();
        assertThat(counted.silent()).isEmpty();
        assertThat(counted.members()).isEqualTo(1);
        assertThat(counted.answered()).isEqualTo(1);
        assertThat(counted.entries()).isGreaterThan(7);
    }
}

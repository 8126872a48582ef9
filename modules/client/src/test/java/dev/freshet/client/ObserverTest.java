package dev.freshet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.freshet.Freshet;
import dev.freshet.FreshetConfig;
import dev.freshet.FreshetObserver;
import dev.freshet.OnFailure;
import dev.freshet.Published;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import dev.freshet.bus.Change;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherListener;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.tier.RedisTier;
import dev.freshet.cache.CachedRegion;
import dev.freshet.fixtures.TestClients;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An observer sees each part of a client once, in order; and nothing that it does stops the client. None of it needs Redis. */
class ObserverTest {

    private final List<String> seen = new ArrayList<>();

    /** Notes what it sees. */
    private class Noting implements FreshetObserver.Observation {
        private @Nullable Subscriber subscriber;

        @Override
        public void connected(Freshet freshet, Subscriber subscriber) {
            this.subscriber = subscriber;
            note("connected");
        }

        @Override
        public void opening(CachedRegion<?> region, RedisTier.@Nullable Region tier) {
            assertThat(followed()).doesNotContain(region.region());
            note("opening " + region.region() + (tier == null ? "" : " with a tier"));
        }

        @Override
        public void closed(String region) {
            assertThat(followed()).doesNotContain(region);
            note("closed " + region);
        }

        @Override
        public void closed() {
            note("closed");
        }

        private List<String> followed() {
            return subscriber == null
                    ? List.of()
                    : List.copyOf(subscriber.regions().keySet());
        }

        void note(String what) {
            seen.add(what);
        }
    }

    private static Freshet connect(FreshetObserver.Observation observation) {
        return Freshet.connect(FreshetConfig.of(TestClients.NOBODY).withObserver(() -> observation));
    }

    private static RegionOptions<String> options() {
        return RegionOptions.maximumEntries(10);
    }

    @Test
    void itSeesEachPartComeAndGo() {
        Freshet freshet = connect(new Noting());
        Region<String> users = freshet.region("users", options());
        freshet.region("products", options().tier(TestClients.TEXT, Duration.ofHours(1)));
        users.close();
        users.close();
        freshet.region("users", options());
        freshet.close();
        freshet.close();

        assertThat(seen.subList(0, 5))
                .containsExactly(
                        "connected", "opening users", "opening products with a tier", "closed users", "opening users");
        assertThat(seen.subList(5, 7)).containsExactlyInAnyOrder("closed users", "closed products");
        assertThat(seen).hasSize(8).endsWith("closed");
        assertThat(freshet.stats().observerFailures()).isZero();
    }

    /** Throws whatever it is asked. */
    private static final class Throwing implements FreshetObserver.Observation {
        @Override
        public PublisherListener publisherListener() {
            throw new IllegalStateException("on purpose");
        }

        @Override
        public SubscriberListener subscriberListener() {
            throw new IllegalStateException("on purpose");
        }

        @Override
        public Publisher publisher(Publisher connected) {
            throw new IllegalStateException("on purpose");
        }

        @Override
        public Change made(Change change) {
            throw new IllegalStateException("on purpose");
        }

        @Override
        public void connected(Freshet freshet, Subscriber subscriber) {
            throw new IllegalStateException("on purpose");
        }

        @Override
        public void closed() {
            throw new IllegalStateException("on purpose");
        }
    }

    /** Sees what is published, too. */
    private final class Tracing extends Noting {
        @Override
        public PublisherListener publisherListener() {
            note("publisher's listener");
            return PublisherListener.NONE;
        }

        @Override
        public Publisher publisher(Publisher connected) {
            note("publisher");
            return connected;
        }

        @Override
        public Change made(Change change) {
            note("made " + change.selectors());
            return change;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ofTwoObserversEachSeesAllWhateverTheOtherThrows(boolean isFirst) {
        FreshetObserver throwing = Throwing::new;
        FreshetObserver tracing = Tracing::new;
        Freshet freshet = Freshet.connect(FreshetConfig.of(TestClients.NOBODY)
                .withOnFailure(OnFailure.QUEUE)
                .withTimeout(Duration.ofMillis(1))
                .withObserver(isFirst ? throwing.andThen(tracing) : tracing.andThen(throwing)));
        Region<String> users = freshet.region("users", options());
        assertThat(users.invalidate("user:1")).isInstanceOf(Published.Queued.class);
        users.close();
        freshet.close();

        assertThat(seen)
                .containsExactly(
                        "publisher's listener",
                        "publisher",
                        "connected",
                        "opening users",
                        "made [" + Selector.keys("user:1") + "]",
                        "closed users",
                        "closed");
        assertThat(freshet.stats().observerFailures()).isEqualTo(6);
    }

    @Test
    void ofTwoObserversTheFirstIsClosedIfTheSecondRefusesTheClient() {
        FreshetObserver noting = Noting::new;
        FreshetConfig config = FreshetConfig.of(TestClients.NOBODY).withObserver(noting.andThen(() -> {
            throw new IllegalStateException("on purpose");
        }));
        assertThatIllegalStateException()
                .isThrownBy(() -> Freshet.connect(config))
                .withMessage("on purpose");
        assertThat(seen).containsExactly("closed");
    }

    @Test
    void aClientThatItRefusesDoesNotBegin() {
        FreshetConfig config = FreshetConfig.of(TestClients.NOBODY).withObserver(() -> {
            throw new IllegalStateException("on purpose");
        });
        assertThatIllegalStateException()
                .isThrownBy(() -> Freshet.connect(config))
                .withMessage("on purpose");
    }

    @Test
    void whateverItThrowsTheClientGoesOnAndCountsIt() {
        Freshet freshet = connect(new Noting() {
            @Override
            public PublisherListener publisherListener() {
                throw new AssertionError("on purpose");
            }

            @Override
            public SubscriberListener subscriberListener() {
                throw new LinkageError("on purpose");
            }

            @Override
            void note(String what) {
                super.note(what);
                throw new IllegalArgumentException("on purpose");
            }
        });
        Region<String> users = freshet.region("users", options());
        assertThat(users.get("user:1", (key, load) -> "Ada")).isEqualTo("Ada");
        users.close();
        freshet.close();

        assertThat(seen).containsExactly("connected", "opening users", "closed users", "closed");
        assertThat(freshet.stats().observerFailures()).isEqualTo(6);
    }
}

package dev.freshet.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.freshet.bus.patience.Patient;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What cannot be followed, or left, is refused and leaves nothing behind. */
class FollowRefusalsTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private Subscriber subscriber() {
        return open.closing(Subscriber.connect(Patient.subscriber(REDIS.uri()), Map.of()));
    }

    private static void followed(Subscriber subscriber, String region, RegionReader reader) {
        subscriber.follow(region, reader).caughtUp().join();
    }

    @Test
    void whatCannotBeFollowedIsRefusedAndLeavesNothingBehind() {
        Subscriber subscriber = subscriber();
        followed(subscriber, "users", new RecordingReader());
        RegionReader ofOrders = new RecordingReader() {
            @Override
            public String region() {
                return "orders";
            }
        };
        Exclusive exclusive = new Exclusive();
        followed(subscriber(), "elsewhere", exclusive);

        assertThatThrownBy(() -> subscriber.follow("No Name", new RecordingReader()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> subscriber.follow("products", ofOrders))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"orders\"")
                .hasMessageContaining("\"products\"");
        assertThatThrownBy(() -> subscriber.follow("users", new RecordingReader()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("follows region \"users\" already");
        assertThatThrownBy(() -> subscriber.follow("products", exclusive)).isInstanceOf(IllegalStateException.class);
        assertThat(subscriber.unfollow("products")).isFalse();
        assertThat(subscriber.regions()).containsOnlyKeys("users");
        for (Function<String, ?> question : List.<Function<String, ?>>of(subscriber::region, subscriber::time)) {
            assertThatThrownBy(() -> question.apply("products"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("products");
        }

        followed(subscriber, "products", new RecordingReader()); // the name is free
        subscriber.close();
        assertThatThrownBy(() -> subscriber.follow("orders", new RecordingReader()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThat(subscriber.unfollow("users")).isFalse();
    }

    @Test
    void aReaderThatFailsWhileItIsTakenOnIsFree() {
        Exclusive exclusive = new Exclusive();
        exclusive.failsOnFollowedBy = true;
        Subscriber subscriber = subscriber();
        assertThatThrownBy(() -> subscriber.follow("users", exclusive)).hasMessage("told to fail");
        exclusive.failsOnFollowedBy = false;
        followed(subscriber, "users", exclusive);
    }

    @Test
    void onAThreadThatItWouldWaitForUnfollowIsRefused() {
        AtomicReference<@Nullable Subscriber> itself = new AtomicReference<>();
        CompletableFuture<String> outcome = new CompletableFuture<>();
        RegionReader reader = new RecordingReader() {
            @Override
            public void apply(LoggedRecord record) {
                Subscriber subscriber = itself.get();
                try {
                    outcome.complete("left: " + (subscriber != null && subscriber.unfollow("users")));
                } catch (IllegalStateException e) {
                    outcome.complete("refused");
                }
            }
        };
        Subscriber subscriber = subscriber();
        itself.set(subscriber);
        followed(subscriber, "users", reader);
        open.closing(Publisher.connect(Patient.publisher(REDIS.uri())))
                .publish("users", Change.ofKeys("a"))
                .join();
        assertThat(outcome.join()).isEqualTo("refused");
    }

    /** Serves one subscription at a time, as a cache does. */
    private static final class Exclusive extends RecordingReader {
        private boolean isAttached;
        private boolean failsOnFollowedBy;

        @Override
        public void attached(Confirmation confirmation, RedisTime time) {
            if (isAttached) {
                throw new IllegalStateException("follows another subscriber already");
            }
            isAttached = true;
        }

        @Override
        public void followedBy(RegionSubscription subscription) {
            if (failsOnFollowedBy) {
                throw new IllegalStateException("told to fail");
            }
        }

        @Override
        public void detached() {
            isAttached = false;
        }
    }
}

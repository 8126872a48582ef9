package dev.freshet.bus.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.Change;
import dev.freshet.bus.HeldEntry;
import dev.freshet.bus.Member;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.fakes.Holder;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Decoded;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.RedisExtension;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class FleetReaderTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    private static final HeldEntry ENTRY = new HeldEntry(
            "a key=1, &%", "readable", 42, OptionalLong.of(7), OptionalLong.empty(), List.of("t 1", "t,2"));

    /** Holds one entry, and says so to who names it. */
    private static class OfOneEntry extends Holder {
        OfOneEntry() {
            super(3, Map.of("entries", "12", "note", "two words\nand a line"), ENTRY);
        }

        @Override
        public List<HeldEntry> held(List<Selector> selectors, int limit) {
            return selectors.equals(List.of(Selector.keys("a key=1, &%"))) ? super.held(selectors, limit) : List.of();
        }
    }

    private static FleetReader reader() {
        return FleetReader.of(RedisConfig.of(redis.uri()));
    }

    private static Subscriber subscribe(String name, RegionReader reader) {
        Subscriber subscriber =
                Subscriber.connect(Patient.subscriber(redis.uri()).withName(name), Map.of("users", reader));
        await().until(subscriber::isCaughtUp);
        return subscriber;
    }

    private static List<FleetReader.Answer> answers(FleetReader fleet, FleetReader.Asked asked) {
        await().until(() -> fleet.answers(asked).size() == asked.asked().size());
        return fleet.answers(asked);
    }

    @Test
    void eachMemberSaysHowItIsWhatItHoldsAndWhenItAppliedARecord() {
        try (FleetReader fleet = reader();
                Publisher publisher = Publisher.connect(Patient.publisher(redis.uri()));
                Subscriber one = subscribe("one", new OfOneEntry());
                Subscriber two = subscribe("two", new OfOneEntry())) {
            await().until(publisher::isConnected);
            Receipt receipt = publisher.publish("users", Change.ofKeys("a")).join();
            await().until(() -> receipt.position().equals(one.region("users").position())
                    && receipt.position().equals(two.region("users").position()));

            FleetReader.Asked asked = fleet.ask("users", receipt.position(), List.of(Selector.keys("a key=1, &%")));
            assertThat(asked.asked()).containsValues("one", "two");
            for (FleetReader.Answer answer : answers(fleet, asked)) {
                assertThat(answer.words())
                        .containsEntry("entries", "12")
                        .containsEntry("note", "two words\nand a line")
                        .containsEntry("position", receipt.position().toString())
                        .containsEntry("subscription", "live")
                        .containsEntry("records", "1")
                        .containsEntry("named", "3");
                assertThat(answer.words().get("windows")).matches("[0-9]+:1");
                assertThat(Long.parseLong(answer.words().getOrDefault("applied", "0")))
                        .isGreaterThan(0);
                assertThat(answer.entries()).containsExactly(ENTRY);
            }

            Position never = new Position(receipt.position().epoch() + 1, 1);
            FleetReader.Asked other = fleet.ask("users", never, List.of());
            assertThat(answers(fleet, other)).allSatisfy(answer -> {
                assertThat(answer.words()).doesNotContainKeys("applied", "named");
                assertThat(answer.entries()).isEmpty();
            });
        }
    }

    @Test
    void aMemberWhoseReaderFailsIsSilentAndTheOthersAnswer() {
        RegionReader broken = new OfOneEntry() {
            @Override
            public Map<String, String> describe() {
                throw new IllegalStateException("planted");
            }
        };
        try (FleetReader fleet = reader();
                Subscriber whole = subscribe("whole", new OfOneEntry());
                Subscriber planted = subscribe("broken", broken)) {
            FleetReader.Asked asked = fleet.ask("users", null, List.of());
            await().until(() ->
                    planted.readerFailures() > 0 && fleet.answers(asked).size() == 1);
            assertThat(fleet.answers(asked))
                    .extracting(FleetReader.Answer::memberId)
                    .containsExactly(whole.memberId());
        }
    }

    @Test
    void theLogAndTheRowsAreRead() {
        try (FleetReader fleet = reader();
                Publisher publisher = Publisher.connect(Patient.publisher(redis.uri()))) {
            assertThat(fleet.regions()).isEmpty();
            assertThat(fleet.region("users").head()).isNull();
            await().until(publisher::isConnected);
            publisher.publish("users", Change.ofKeys("a")).join();
            Receipt second = publisher.publish("users", Change.ofKeys("b")).join();

            assertThat(fleet.regions()).containsExactly("users");
            assertThat(fleet.region("users").head()).isEqualTo(second.position());
            assertThat(fleet.log("users", 2, 10)).singleElement().satisfies(entry -> {
                assertThat(entry.sequence()).isEqualTo(2);
                assertThat(entry.decoded()).isInstanceOf(Decoded.Intact.class);
            });
            assertThat(fleet.log("users", 1, 1)).singleElement().satisfies(entry -> assertThat(entry.sequence())
                    .isEqualTo(1));
        }
    }

    @Test
    void aMemberThatWasKilledStaysInTheRowsAndIsNotLive() {
        try (FleetReader fleet = reader();
                Subscriber one = subscribe("one", new OfOneEntry())) {
            FleetReader.RegionRows rows = fleet.region("users");
            Member row = rows.members().get(0);
            assertThat(row.id()).isEqualTo(one.memberId());
            assertThat(row.isLive(rows.nowMicros())).isTrue();
            assertThat(row.isLive(rows.nowMicros() + 2 * row.goneAfterMicros())).isFalse();
        }
    }
}

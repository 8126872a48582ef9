package dev.freshet.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

@SuppressWarnings("UnusedMethod") // jqwik finds the providers by name
class RoundTripPropertiesTest {

    @Property(tries = 500, shrinking = ShrinkingMode.BOUNDED)
    void whatWasWrittenIsRead(
            @ForAll("bodies") RecordBody body, @ForAll("positions") Position anywhere, @ForAll boolean awaited) {
        Position position = anywhere.at(Math.max(1, anywhere.sequence()));
        String line = Position.formatEpoch(position.epoch()) + " " + position.sequence() + " 1767225600000123"
                + (awaited ? " a" : "") + "\n";

        Decoded decoded = RecordCodec.decode(Golden.frame(line, RecordCodec.encodeBody(body)));

        RecordHeader header = new RecordHeader(position, 1_767_225_600_000_123L, awaited);
        assertThat(decoded).isEqualTo(new Decoded.Intact(header, body));
    }

    @Property(tries = 500, shrinking = ShrinkingMode.BOUNDED)
    void whatIsWrittenIsWhatTheGeneratedMessagesWrite(@ForAll("bodies") RecordBody body) {
        assertThat(RecordCodec.encodeBody(body)).isEqualTo(GeneratedCodec.encode(body));
    }

    @Property(tries = 500, shrinking = ShrinkingMode.BOUNDED)
    void theEstimateOfABodysSizeIsNeverTooSmall(@ForAll("bodies") RecordBody body) {
        long atMost = RecordCodec.BODY_OVERHEAD_BYTES;
        for (Invalidation invalidation : body.invalidations()) {
            atMost += RecordCodec.encodedBytesAtMost(invalidation);
        }
        assertThat((long) RecordCodec.encodeBody(body).length).isLessThanOrEqualTo(atMost);
    }

    @Property(tries = 500, shrinking = ShrinkingMode.BOUNDED)
    void theEstimateHoldsForEachInvalidationAlone(@ForAll("invalidations") Invalidation invalidation) {
        RecordBody one = new RecordBody("", OptionalLong.empty(), List.of(invalidation));
        RecordBody two = new RecordBody("", OptionalLong.empty(), List.of(invalidation, invalidation));
        int added = RecordCodec.encodeBody(two).length - RecordCodec.encodeBody(one).length;
        assertThat(added).isLessThanOrEqualTo(RecordCodec.encodedBytesAtMost(invalidation));
    }

    @Property
    void aPositionIsReadAsItIsWritten(@ForAll("positions") Position position) {
        assertThat(Position.parse(position.toString())).isEqualTo(position);
    }

    @Property
    void onlyWhatIsWrittenIsReadAsAPosition(@ForAll String text) {
        try {
            assertThat(Position.parse(text).toString()).isEqualTo(text);
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageStartingWith("a position is written");
        }
    }

    @Property
    void theLengthInUtf8IsThatOfTheEncoder(@ForAll("names") String name) {
        assertThat(Syntax.utf8Bytes(name)).isEqualTo(name.getBytes(StandardCharsets.UTF_8).length);
        assertThat(Syntax.faultInName(name)).isEmpty();
        assertThat(Syntax.requireName("key", name)).isSameAs(name);
    }

    @Property
    void aNameWithAnUnpairedSurrogateIsRefused(@ForAll("names") String name, @ForAll("surrogates") char surrogate) {
        String broken = Character.isHighSurrogate(surrogate) ? name + surrogate : surrogate + name;
        assertThat(Syntax.utf8Bytes(broken)).isEqualTo(-1);
        assertThatThrownBy(() -> Syntax.requireName("tag", broken))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("tag must be ");
    }

    @Provide
    Arbitrary<RecordBody> bodies() {
        return SchemaArbitraries.bodies();
    }

    @Provide
    Arbitrary<Invalidation> invalidations() {
        return SchemaArbitraries.invalidations();
    }

    @Provide
    Arbitrary<Position> positions() {
        return SchemaArbitraries.positions();
    }

    @Provide
    Arbitrary<String> names() {
        return SchemaArbitraries.names();
    }

    @Provide
    Arbitrary<Character> surrogates() {
        return net.jqwik.api.Arbitraries.chars().range(Character.MIN_SURROGATE, Character.MAX_SURROGATE);
    }
}

package dev.freshet.bus.internal.member;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.Held;
import dev.freshet.bus.HeldEntry;
import dev.freshet.bus.MemberHeld;
import dev.freshet.schema.Position;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class HeldTextTest {

    @Test
    void anAnswerComesBackAsItWasGiven() {
        Held held = new Held(
                312,
                List.of(
                        new HeldEntry("user:1", 17, OptionalLong.of(-4), List.of("team 7", "é\n", "-"), 9, "ab12"),
                        new HeldEntry("-", 0, OptionalLong.empty(), List.of(), 0, null),
                        new HeldEntry("a b\nc%", -1, OptionalLong.empty(), List.of(), 0, "")));
        Position position = new Position(0xe1, 42);
        assertThat(HeldText.parse("m1", "pod one", HeldText.format(position, held)))
                .isEqualTo(new MemberHeld("m1", "pod one", position, held, null));
        assertThat(HeldText.parse("m1", "n", HeldText.format(null, Held.NOTHING)))
                .isEqualTo(new MemberHeld("m1", "n", null, Held.NOTHING, null));
    }

    @Test
    void whoCannotTellOrIsSilentHasNotSaidThatItHoldsNothing() {
        assertThat(HeldText.parse("m1", "n", HeldText.cannot("it joins")))
                .isEqualTo(new MemberHeld("m1", "n", null, null, "it joins"));
        assertThat(HeldText.parse("m1", "n", null)).isEqualTo(new MemberHeld("m1", "n", null, null, null));
        for (String text :
                List.of("", "x", "- x", "- 1\n", "- 1\nk 1", "nope 1", "- 1\nk x - 0 -", "- 1\n%zz 1 - 0 -")) {
            assertThat(HeldText.parse("m1", "n", text).held()).isNull();
            assertThat(HeldText.parse("m1", "n", text).whyNot()).contains("cannot be read");
        }
    }
}

package dev.freshet.bus.internal.member;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.Audited;
import dev.freshet.bus.AuditedEntry;
import dev.freshet.bus.MemberAudit;
import dev.freshet.schema.Position;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class AuditTextTest {

    @Test
    void anAnswerComesBackAsItWasGiven() {
        Audited held = new Audited(
                312,
                List.of(
                        new AuditedEntry("user:1", 17, OptionalLong.of(-4), List.of("team 7", "é\n", "-"), 9, "ab12"),
                        new AuditedEntry("-", 0, OptionalLong.empty(), List.of(), 0, null),
                        new AuditedEntry("a b\nc%", -1, OptionalLong.empty(), List.of(), 0, "")));
        Position position = new Position(0xe1, 42);
        assertThat(AuditText.parse("m1", "pod one", AuditText.format(position, held)))
                .isEqualTo(new MemberAudit("m1", "pod one", position, held, null));
        assertThat(AuditText.parse("m1", "n", AuditText.format(null, Audited.NOTHING)))
                .isEqualTo(new MemberAudit("m1", "n", null, Audited.NOTHING, null));
    }

    @Test
    void whoCannotTellOrIsSilentHasNotSaidThatItHoldsNothing() {
        assertThat(AuditText.parse("m1", "n", AuditText.cannot("it joins")))
                .isEqualTo(new MemberAudit("m1", "n", null, null, "it joins"));
        assertThat(AuditText.parse("m1", "n", null)).isEqualTo(new MemberAudit("m1", "n", null, null, null));
        for (String text :
                List.of("", "x", "- x", "- 1\n", "- 1\nk 1", "nope 1", "- 1\nk x - 0 -", "- 1\n%zz 1 - 0 -")) {
            assertThat(AuditText.parse("m1", "n", text).held()).isNull();
            assertThat(AuditText.parse("m1", "n", text).whyNot()).contains("cannot be read");
        }
    }
}

package dev.freshet.bus.internal.member;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.Member;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MemberMessageTest {

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void readsHeadsAndSkipsWhatANewerScriptAdds() {
        MemberMessage message = MemberMessage.parse(
                bytes("N 7 run1 1700000000000000 more\nusers 00000000000000e1 42 more\norders 00000000000000e2 0"));
        assertThat(message)
                .isEqualTo(new MemberMessage.Heads(
                        7, "run1", Map.of("users", new Position(0xe1, 42), "orders", new Position(0xe2, 0))));
    }

    @Test
    void aQuestionComesBackAsItWasAsked() {
        List<Selector> selectors = List.of(Selector.keys("a", "é"), Selector.tags("t"), Selector.all());
        assertThat(MemberMessage.parse(MemberMessage.question("q1", "users", selectors)))
                .isEqualTo(new MemberMessage.Question("q1", "users", selectors));
    }

    @Test
    void anInspectionComesBackAsItWasAsked() {
        List<Selector> selectors = List.of(Selector.keys("a", "é"), Selector.prefixes("p"));
        Position position = new Position(0xe1, 42);
        assertThat(MemberMessage.parse(MemberMessage.inspection("q1", "users", position, selectors)))
                .isEqualTo(new MemberMessage.Inspection("q1", "users", position, selectors));
        assertThat(MemberMessage.parse(MemberMessage.inspection("q1", "users", null, List.of())))
                .isEqualTo(new MemberMessage.Inspection("q1", "users", null, List.of()));
    }

    @Test
    void anythingElseIsNothing() {
        for (String text : List.of(
                "",
                "N",
                "N x",
                "N x y z",
                "N 1 r 5\nusers nothex 1",
                "Q",
                "Q 1 users",
                "Q 1 users\nxx",
                "Z 1 2",
                "I 1 users",
                "I 1 users 7\n",
                "I 1 users -\nxx")) {
            assertThat(MemberMessage.parse(bytes(text))).isNull();
        }
        Random random = new Random(3);
        byte[] question = MemberMessage.question("q1", "users", List.of(Selector.keys("a")));
        for (int i = 0; i < 20_000; i++) {
            byte[] mutated = question.clone();
            mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
            MemberMessage.parse(mutated);
        }
    }

    @Test
    void aRowComesBackAsItWasWritten() {
        String row = MemberRow.format(
                new Position(0xe1, 3),
                10,
                20,
                30,
                new FollowedEpochs(5, List.of(new Position(7, 8), new Position(9, 1))),
                "freshet:{users}:v1:member:ab",
                "pod one");
        assertThat(MemberRow.parse("ab", "seen=40 future=x " + row))
                .isEqualTo(new MemberRow(
                        new Member(
                                "ab",
                                "pod one",
                                new Position(0xe1, 3),
                                10,
                                20,
                                40,
                                30,
                                5,
                                List.of(new Position(7, 8), new Position(9, 1))),
                        "freshet:{users}:v1:member:ab"));
        assertThat(MemberRow.parse("ab", "seen=40 " + MemberRow.format(null, 0, 0, 1, FollowedEpochs.NONE, "c", "n")))
                .isNotNull();
        assertThat(MemberRow.parse("ab", "hello")).isNull();
        assertThat(MemberRow.parse("ab", "seen=x gone=1")).isNull();
    }
}

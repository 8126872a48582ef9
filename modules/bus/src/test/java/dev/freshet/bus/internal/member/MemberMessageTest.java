package dev.freshet.bus.internal.member;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.AuditQuery;
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
        for (MemberMessage.Question question : List.of(
                new MemberMessage.CountQuestion("q1", "users", selectors),
                new MemberMessage.AuditQuestion("q1", "users", new AuditQuery(selectors, 17, 100, true)),
                new MemberMessage.AuditQuestion("q2", "users", new AuditQuery(selectors, Long.MAX_VALUE, 0, false)))) {
            assertThat(MemberMessage.parse(MemberMessage.question(question))).isEqualTo(question);
        }
    }

    @Test
    void anInspectionComesBackAsItWasAsked() {
        List<Selector> selectors = List.of(Selector.keys("a", "é"), Selector.prefixes("p"));
        Position position = new Position(0xe1, 42);
        for (MemberMessage.Inspection inspection : List.of(
                new MemberMessage.Inspection("q1", "users", position, selectors),
                new MemberMessage.Inspection("q1", "users", null, List.of()))) {
            assertThat(MemberMessage.parse(MemberMessage.question(inspection))).isEqualTo(inspection);
        }
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
                "A 1 users 2 3",
                "A 1 users x 3 0\nxx",
                "I 1 users",
                "I 1 users 7\n",
                "I 1 users -\nxx")) {
            assertThat(MemberMessage.parse(bytes(text))).isNull();
        }
        Random random = new Random(3);
        byte[] question = MemberMessage.question(new MemberMessage.AuditQuestion(
                "q1", "users", new AuditQuery(List.of(Selector.keys("a")), Long.MAX_VALUE, 7, false)));
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

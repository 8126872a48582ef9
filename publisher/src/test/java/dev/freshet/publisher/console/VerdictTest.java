package dev.freshet.publisher.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.bus.Member;
import dev.freshet.publisher.console.Verdict.Level;
import dev.freshet.schema.Position;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class VerdictTest {

    private static final long NOW = 1_000_000_000;
    private static final Position HEAD = new Position(7, 40);

    private static MemberSnapshot member(String name, long confirmedAgo, long seenAgo, Map<String, String> words) {
        Member row = new Member("id-" + name, name, HEAD, NOW, NOW - confirmedAgo, NOW - seenAgo, 5_000_000);
        return new MemberSnapshot(row, words, HEAD, NOW);
    }

    private static MemberSnapshot healthy(String name) {
        return member(name, 400_000, 300_000, Map.of("serving", "confirmed", "broken", ""));
    }

    private static Verdict of(MemberSnapshot... members) {
        return Verdict.of(List.of(region("users", members)), null, Map.of());
    }

    private static RegionSnapshot region(String name, MemberSnapshot... members) {
        return new RegionSnapshot(
                name,
                HEAD,
                40,
                new ArrayList<>(Arrays.asList(members)),
                0,
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalDouble.empty(),
                List.of());
    }

    @Test
    void aFleetOfWhichEachHasAProofIsGreenAndNothingIsToBeDone() {
        Verdict verdict = of(healthy("r1"), healthy("r2"));
        assertThat(verdict.level()).isEqualTo(Level.GREEN);
        assertThat(verdict.sentence()).isEqualTo("2 of 2 replicas confirmed; oldest proof 0.4 s ago.");
        assertThat(verdict.advice()).isEmpty();
    }

    @Test
    void aReplicaOfSeveralRegionsIsOneReplica() {
        Verdict verdict =
                Verdict.of(List.of(region("orders", healthy("r1")), region("users", healthy("r1"))), null, Map.of());
        assertThat(verdict.sentence()).startsWith("1 of 1 replicas confirmed");
    }

    @Test
    void aReplicaThatIsUnconfirmedInOneRegionIsNotConfirmed() {
        Verdict verdict = Verdict.of(
                List.of(
                        region("orders", healthy("r1"), healthy("r2")),
                        region("users", healthy("r1"), member("r2", 4_000_000, 300_000, Map.of()))),
                null,
                Map.of());
        assertThat(verdict.level()).isEqualTo(Level.AMBER);
        assertThat(verdict.sentence()).startsWith("1 of 2 replicas confirmed");
        assertThat(verdict.advice()).singleElement().asString().startsWith("r2 has no recent proof");
    }

    @Test
    void aSilentReplicaIsNamedAndWhatToDo() {
        Verdict verdict = of(healthy("r1"), member("r2", 9_000_000, 8_000_000, Map.of("serving", "confirmed")));
        assertThat(verdict.level()).isEqualTo(Level.AMBER);
        assertThat(verdict.sentence()).isEqualTo("1 of 2 replicas confirmed; oldest proof 0.4 s ago; silent: r2.");
        assertThat(verdict.advice()).singleElement().asString().contains("killed, frozen or cut off");
    }

    @Test
    void entriesThatMayBeStaleAreRedAndBypassedOnesAreNot() {
        Verdict stale = of(healthy("r1"), member("r2", 400_000, 300_000, Map.of("serving", "unconfirmed")));
        assertThat(stale.level()).isEqualTo(Level.RED);
        assertThat(stale.sentence()).contains("may be stale: r2");
        Verdict bypassed = of(healthy("r1"), member("r2", 400_000, 300_000, Map.of("serving", "bypassed")));
        assertThat(bypassed.level()).isEqualTo(Level.AMBER);
    }

    @Test
    void withoutAnyProofItIsRed() {
        assertThat(of(member("r1", NOW, 300_000, Map.of())).level()).isEqualTo(Level.RED);
    }

    @Test
    void aRegionThatWaivesAPromiseIsSaidToDoSo() {
        Verdict verdict = of(member("r1", 1, 1, Map.of("serving", "confirmed", "broken", "nothing_comes_back")));
        assertThat(verdict.level()).isEqualTo(Level.AMBER);
        assertThat(verdict.advice()).singleElement().asString().contains("unleased-stores: refuse");
    }

    @Test
    void aSourceThatFailsIsAmberAndItsFaultIsTheAdvice() {
        Verdict verdict =
                Verdict.of(List.of(region("users", healthy("r1"))), null, Map.of("shop", "the database is away"));
        assertThat(verdict.level()).isEqualTo(Level.AMBER);
        assertThat(verdict.sentence()).endsWith("; sources that fail: shop.");
        assertThat(verdict.advice()).containsExactly("Source shop: the database is away.");
    }

    @Test
    void withoutRedisNothingIsKnown() {
        Verdict verdict = Verdict.of(List.of(region("users", healthy("r1"))), "no connection", Map.of());
        assertThat(verdict.level()).isEqualTo(Level.RED);
        assertThat(verdict.sentence()).contains("nothing is known", "no connection");
    }

    @Test
    void withoutReplicasThereIsAHint() {
        assertThat(of().level()).isEqualTo(Level.AMBER);
        assertThat(of().sentence()).isEqualTo("No replica follows a region.");
    }

    @Test
    void manyNamesAreCutShort() {
        MemberSnapshot[] silent = new MemberSnapshot[5];
        for (int i = 0; i < silent.length; i++) {
            silent[i] = member("r" + i, 9_000_000, 8_000_000, Map.of());
        }
        assertThat(of(silent).sentence()).contains("silent: r0, r1, r2, 2 more");
    }
}

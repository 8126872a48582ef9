package dev.freshet.proofs.simulation;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each history of {@link PinnedHistories} keeps the promises. */
@Tag("pure")
class PinnedHistoriesTest {

    private static final LuaRunner LUA = new LuaRunner();

    static List<PinnedHistories.Pinned> histories() {
        return PinnedHistories.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("histories")
    void keepsThePromises(PinnedHistories.Pinned history) {
        history.run(LUA);
    }
}

package dev.freshet.client;

import dev.freshet.Freshet;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;

/** Opens the region that most tests use. */
final class Client {

    private Client() {}

    static Region<String> users(Freshet freshet) {
        return users(freshet, options -> options);
    }

    /** Opens region {@code users}, and waits until it is confirmed. */
    static Region<String> users(Freshet freshet, UnaryOperator<RegionOptions<String>> change) {
        Region<String> users = freshet.region("users", change.apply(RegionOptions.maximumEntries(10_000)));
        Awaitility.await().until(() -> users.ready().isDone());
        return users;
    }
}

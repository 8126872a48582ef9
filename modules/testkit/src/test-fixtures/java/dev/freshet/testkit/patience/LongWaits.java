package dev.freshet.testkit.patience;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives every {@code await()} of our tests a minute where the test says nothing else, instead of Awaitility's 10 s: what must happen, but soon, may
 * take several times as long on a machine that is busy, or was suspended. A test that passes waits no longer for it.
 *
 * <p>JUnit finds this class by itself; the modules share its source.
 */
public final class LongWaits implements BeforeAllCallback {

    private static final Duration LONG = Duration.ofSeconds(60);

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultTimeout(LONG);
    }
}

package dev.freshet.testkit;

import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Closes what JUnit 5 tests opened, last opened first: after each test, or, in a static field or a test instance of the class, after the
 * class.
 *
 * <pre>{@code
 * @RegisterExtension
 * final Closing open = new Closing();
 *
 * @Test
 * void ...() {
 *     Publisher publisher = open.closing(Publisher.connect(...));
 * }
 * }</pre>
 */
public final class Closing implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private boolean sharedByClass;

    /** Returns what it is given, and closes it later. */
    public <T extends AutoCloseable> T closing(T resource) {
        open.push(resource);
        return resource;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        sharedByClass = true;
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        if (!sharedByClass) {
            closeAll();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        closeAll();
    }

    private void closeAll() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }
}

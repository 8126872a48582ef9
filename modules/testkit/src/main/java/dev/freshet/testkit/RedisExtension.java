package dev.freshet.testkit;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives JUnit 5 tests a real Redis.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final RedisExtension redis = RedisExtension.with(server -> server.withSetting("appendonly yes"));
 *
 * @Test
 * void survivesARestart() {
 *     try (var client = RedisClient.create(redis.uri())) { ... }
 *     redis.server().kill();
 *     redis.server().start();
 * }
 * }</pre>
 *
 * <p>In a static field (or with {@code @ExtendWith(RedisExtension.class)}), all tests of the class share one server. Before each test it is
 * started or resumed if necessary, and emptied. In an instance field, each test has its own server. A test can also take the
 * {@link RedisServer} as a parameter; that class says where the server comes from.
 *
 * <p>Tests that share a server must not run concurrently.
 */
public final class RedisExtension
        implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback, ParameterResolver {

    private final @Nullable UnaryOperator<RedisServer.Builder> options;
    private volatile @Nullable RedisServer server;
    private boolean sharedByClass;

    /** Creates an extension with a server without persistence or password. */
    public RedisExtension() {
        this(null);
    }

    private RedisExtension(@Nullable UnaryOperator<RedisServer.Builder> options) {
        this.options = options;
    }

    /**
     * Creates an extension whose server has these options.
     *
     * @param options called once for each started server
     */
    public static RedisExtension with(UnaryOperator<RedisServer.Builder> options) {
        return new RedisExtension(options);
    }

    /**
     * Returns the running test's server.
     *
     * @throws IllegalStateException if no test of this extension is running
     */
    public RedisServer server() {
        RedisServer current = server;
        if (current == null) {
            throw new IllegalStateException(
                    "No server: it runs only from the first test of this extension to the last");
        }
        return current;
    }

    /** Returns {@link RedisServer#uri()} of the running test's server. */
    public String uri() {
        return server().uri();
    }

    /** Returns {@link RedisServer#host()} of the running test's server. */
    public String host() {
        return server().host();
    }

    /** Returns {@link RedisServer#port()} of the running test's server. */
    public int port() {
        return server().port();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        // Also called for @Nested classes, which use the outer class's server.
        if (server == null) {
            sharedByClass = true;
            server = start();
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        RedisServer current = server;
        if (current == null) {
            server = start();
        } else {
            current.resume();
            current.start();
            current.flushAll();
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (!sharedByClass) {
            close();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        boolean nested =
                context.getParent().flatMap(ExtensionContext::getTestClass).isPresent();
        if (!nested) {
            close();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == RedisServer.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return server();
    }

    private RedisServer start() {
        return options == null
                ? SharedServers.take()
                : options.apply(RedisServer.builder()).start();
    }

    private void close() {
        RedisServer current = server;
        server = null;
        if (current == null) {
            return;
        }
        if (options == null) {
            SharedServers.giveBack(current);
        } else {
            current.close();
        }
    }
}

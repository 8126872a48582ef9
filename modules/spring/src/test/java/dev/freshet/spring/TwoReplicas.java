package dev.freshet.spring;

import dev.freshet.fixtures.TestClients;
import dev.freshet.testkit.RedisServer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Two replicas of one application for all tests of a class. Each test has its own rows, since Redis is not emptied between them. */
final class TwoReplicas implements BeforeAllCallback, AfterAllCallback {

    private final @Nullable Source source;
    private final Class<?>[] more;
    private @Nullable RedisServer redis;
    private @Nullable Replica here;
    private @Nullable Replica there;

    /** @param source what {@link Users} reads; null: there are none */
    TwoReplicas(@Nullable Source source, Class<?>... more) {
        this.source = source;
        this.more = more;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        RedisServer server = RedisServer.started();
        redis = server;
        here = started(server);
        there = started(server);
        here().awaitReady();
        there().awaitReady();
    }

    private Replica started(RedisServer server) {
        return Replica.start(TestClients.patient(server.uri()), Replica::caches, source, more);
    }

    Replica here() {
        return Objects.requireNonNull(here);
    }

    Replica there() {
        return Objects.requireNonNull(there);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        if (here != null) {
            here.close();
        }
        if (there != null) {
            there.close();
        }
        if (redis != null) {
            redis.close();
        }
    }
}

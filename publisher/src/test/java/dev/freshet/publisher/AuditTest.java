package dev.freshet.publisher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.AuditQuery;
import dev.freshet.bus.Audited;
import dev.freshet.bus.AuditedEntry;
import dev.freshet.bus.Change;
import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.patience.Patient;
import dev.freshet.testkit.Closing;
import dev.freshet.testkit.RedisExtension;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Runs a publisher that audits: what it finds shows in its metrics. */
final class AuditTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    @RegisterExtension
    final Closing open = new Closing();

    private static final String STALE = "freshet_audit_stale_total{after=\"100ms\",region=\"users\"}";
    private static final String CHECKED = "freshet_audit_checked_total{region=\"users\"}";

    /** A member that holds an old entry, or nothing, as a test says. */
    private static final class Holding implements RegionReader {
        private volatile Audited held = Audited.NOTHING;

        @Override
        public void apply(LoggedRecord record) {}

        @Override
        public void reset(ResetReason reason) {}

        @Override
        public void joined() {}

        @Override
        public Audited audit(AuditQuery query) {
            return held;
        }
    }

    @Test
    void whatItFindsIsCountedByRegionAndTime() {
        try (Publisher early = Publisher.connect(Patient.publisher(redis.uri()))) {
            early.publish("users", Change.ofKeys("user:1")).join(); // so that there is a region to look at
        }
        PublisherHarness app = open.closing(PublisherHarness.start(
                Publisher::connect,
                "redis.uri",
                redis.uri(),
                "redis.connect-timeout",
                "20s",
                "redis.command-timeout",
                "20s",
                "audit.sample",
                "1",
                "audit.after",
                "100ms,200ms"));
        await().until(app.service()::isReady);
        Holding member = new Holding();
        Subscriber subscriber =
                open.closing(Subscriber.connect(Patient.subscriber(redis.uri()), Map.of("users", member)));
        await().until(subscriber::isCaughtUp);

        await().until(() -> {
            app.postJson("{\"region\":\"users\",\"keys\":[\"user:1\"]}");
            return app.management("/metrics").body().contains(CHECKED) && app.metric(CHECKED) > 0;
        });
        assertThat(app.metric(STALE)).as("there from the beginning").isZero();

        member.held = new Audited(
                1, List.of(new AuditedEntry("user:1", 1, OptionalLong.empty(), List.of(), Long.MAX_VALUE, null)));
        app.postJson("{\"region\":\"users\",\"keys\":[\"user:1\"]}");
        await().until(() -> app.metric(STALE) > 0);
        await().until(() -> app.metric("freshet_audit_stale_total{after=\"200ms\",region=\"users\"}") > 0);
        assertThat(app.metric("freshet_audit_admitted_total{after=\"100ms\",region=\"users\"}"))
                .as("it claims to be confirmed")
                .isZero();
        assertThat(app.metric("freshet_audit_unanswered_total{region=\"users\"}"))
                .isZero();
        assertThat(app.management("/metrics").body())
                .as("keys are never labels")
                .doesNotContain("user:1");
    }

    @Test
    void withoutASampleNothingIsAudited() {
        PublisherHarness app =
                open.closing(PublisherHarness.start(Publisher::connect, "redis.uri", redis.uri(), "regions", "users"));
        await().until(app.service()::isReady);
        assertThat(app.management("/metrics").body()).doesNotContain("freshet_audit");
    }
}

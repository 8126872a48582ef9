package dev.freshet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.freshet.bus.LoggedRecord;
import dev.freshet.bus.RegionReader;
import dev.freshet.bus.ResetReason;
import dev.freshet.bus.Subscriber;
import dev.freshet.bus.patience.Patient;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.Background;
import dev.freshet.testkit.RedisExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class CommandsOnRedisTest {

    @RegisterExtension
    static final RedisExtension redis = new RedisExtension();

    private static class Heard implements RegionReader {
        final List<LoggedRecord> records = new CopyOnWriteArrayList<>();

        @Override
        public void apply(LoggedRecord record) {
            records.add(record);
        }

        @Override
        public void reset(ResetReason reason) {}

        @Override
        public void joined() {}

        @Override
        public long count(List<Selector> selectors) {
            return 7;
        }
    }

    private static Outcome run(String... args) {
        String[] all = Arrays.copyOf(args, args.length + 2);
        all[args.length] = "--redis";
        all[args.length + 1] = redis.uri();
        return Outcome.of(all);
    }

    /** Runs a command that asks the members, and gives them the time that a busy machine needs. */
    private static Outcome ask(String... args) {
        String[] all = Arrays.copyOf(args, args.length + 2);
        all[args.length] = "--timeout";
        all[args.length + 1] = "60s";
        return run(all);
    }

    private static Subscriber subscribe(String region, RegionReader reader) {
        Subscriber subscriber =
                Subscriber.connect(Patient.subscriber(redis.uri()).withName("replica-1"), Map.of(region, reader));
        await().until(subscriber::isCaughtUp);
        return subscriber;
    }

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @Test
    void regionsAreListedAndRemovedUnlessSomebodyFollowsThem() {
        try (Subscriber subscriber = subscribe("followed", new Heard())) {
            run("publish", "invented", "--all");
            assertThat(run("regions").out())
                    .containsPattern("followed +1 +[0-9a-f]{16}-0 +0 ")
                    .containsPattern("invented +0 +[0-9a-f]{16}-1 +1 +[1-9][0-9]+ +[0-9.]+ ");
            assertThat(run("regions", "invented", "--json").out())
                    .contains("\"members\":0", "\"logRecords\":1")
                    .containsPattern("\"logBytes\":[1-9]");

            Outcome dry = run("regions", "--remove", "--dry-run", "invented", "followed");
            assertThat(dry.out()).contains("invented: would be removed", "followed: stays");
            assertThat(dry.exitCode()).isEqualTo(1);
            assertThat(run("regions", "--remove", "--unused", "1h").out()).contains("invented: stays");

            Outcome removed = run("regions", "--remove", "invented");
            assertThat(removed).isEqualTo(new Outcome(0, "invented: removed" + System.lineSeparator(), ""));
            assertThat(run("regions", "--remove", "followed").exitCode()).isEqualTo(1);
            assertThat(run("regions").out()).contains("followed").doesNotContain("invented");
            assertThat(subscriber.isCaughtUp()).isTrue();
        }
    }

    @Test
    void anExplanationCountsTheLiveEntriesAndPublishesNothing() throws IOException {
        Path config = ExplainTest.write(folder);
        Heard heard = new Heard();
        try (Subscriber subscriber = subscribe("products", heard)) {
            Outcome outcome = ask(
                    "explain",
                    "--config",
                    config.toString(),
                    "--table",
                    "public.products",
                    "--row",
                    "{\"id\": 7, \"category_id\": 4}");

            assertThat(outcome.exitCode()).as(outcome.err()).isZero();
            assertThat(outcome.out())
                    .contains(
                            "would evict 7 entries of products on 1 of 1 live members",
                            "would evict 0 entries of prices on 0 of 0 live members",
                            "nothing was published");
            assertThat(heard.records).isEmpty();
            assertThat(subscriber.isCaughtUp()).isTrue();
        }
    }

    @Test
    void aPublishedChangeReachesTheSubscriber() {
        Heard heard = new Heard();
        try (Subscriber subscriber = subscribe("users", heard)) {
            Outcome outcome = ask(
                    "publish",
                    "users",
                    "--key",
                    "user:1",
                    "--key",
                    "user:2",
                    "--tag",
                    "team:7",
                    "--prefix",
                    "u",
                    "--await");

            assertThat(outcome.exitCode()).isZero();
            assertThat(outcome.out()).contains("published to users at ", "applied by 1 of 1");
            assertThat(heard.records).hasSize(1);
            assertThat(heard.records.get(0).body().invalidations())
                    .extracting(invalidation -> invalidation.selector())
                    .containsExactly(
                            Selector.keys("user:1", "user:2"), Selector.tags("team:7"), Selector.prefixes("u"));
            assertThat(subscriber.regions()).containsOnlyKeys("users");
        }
    }

    @Test
    void aRegionThatNobodyFollowsIsSaid() {
        Outcome outcome = run("publish", "usres", "--all");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out()).contains("no live member follows usres");
    }

    @Test
    void aMemberThatLagsMakesAnotherExitCode() {
        CompletableFuture<Void> over = new CompletableFuture<>();
        try (Subscriber subscriber = subscribe("users", new Heard() {
            @Override
            public void apply(LoggedRecord record) {
                over.join();
            }
        })) {
            Outcome outcome = run("publish", "users", "--all", "--await", "--timeout", "100ms");

            assertThat(outcome.exitCode()).isEqualTo(3);
            assertThat(outcome.out()).contains("applied by 0 of 1", "replica-1");
            assertThat(subscriber.memberId()).isNotEmpty();
            over.complete(null);
        }
    }

    @Test
    void aDryRunCountsAndPublishesNothing() {
        Heard heard = new Heard();
        try (Subscriber subscriber = subscribe("users", heard)) {
            Outcome outcome = ask("publish", "users", "--prefix", "user:", "--dry-run");

            assertThat(outcome.exitCode()).isZero();
            assertThat(outcome.out()).contains("would evict 7 entries on 1 of 1 live members");
            assertThat(heard.records).isEmpty();
            assertThat(subscriber.isCaughtUp()).isTrue();
        }
    }

    @Test
    void tailShowsRecordsFromTheStart() {
        run("publish", "users", "--key", "user:1", "--version", "42");
        run("publish", "users", "--tag", "a tag");

        Outcome outcome = run("tail", "users", "--from", "start", "--count", "2");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.outLines()).hasSize(2);
        assertThat(outcome.outLines().get(0)).contains("-1  ", "freshet-cli", "keys user:1 version 42");
        assertThat(outcome.outLines().get(1)).contains("-2  ", "tags \"a tag\"");
    }

    @Test
    void tailFollowsANewLogLive() throws Exception {
        run("publish", "users", "--key", "before");
        CompletableFuture<Outcome> tail = Background.call(() -> run("tail", "users", "--count", "1", "--json"));
        // The command prints nothing before its first record, so publish until it has started and printed one.
        await().until(() -> {
            redis.server().execute("DEL", "freshet:{users}:head");
            run("publish", "users", "--key", "after");
            return tail.isDone();
        });

        assertThat(tail.get().out()).contains("\"keys\":[\"after\"]", "\"position\":");
    }

    @Test
    void tailBehindAPositionOfALogThatIsGone() {
        run("publish", "users", "--key", "user:1");

        Outcome outcome = run("tail", "users", "--from", "00000000000000aa-1", "--count", "1");

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).contains("is not in the present log of users", "--from start");
    }

    @Test
    void tailShowsWhatIsNotARecord() {
        redis.server().execute("XADD", "freshet:{users}:log", "1-0", "r", "hello");

        Outcome outcome = run("tail", "users", "--from", "start", "--count", "1");

        assertThat(outcome.out()).contains("entry 1  not a record: MALFORMED_HEADER");
    }

    @Test
    void membersListsWhoFollows() {
        try (Subscriber subscriber = subscribe("users", new Heard())) {
            ask("publish", "users", "--all", "--await");

            Outcome outcome = run("members");

            assertThat(outcome.exitCode()).isZero();
            assertThat(outcome.out()).contains("users: head ", "1 live members", "replica-1");
            assertThat(run("members", "users", "--json").out())
                    .contains("\"name\":\"replica-1\"", "\"id\":\"" + subscriber.memberId() + "\"");
        }
    }

    @Test
    void theDoctorProvesTheLineOnEveryLiveMember() {
        Heard heard = new Heard();
        try (Subscriber subscriber = subscribe("users", heard)) {
            Outcome outcome = run("doctor", "--region", "users");

            assertThat(outcome.exitCode()).as(outcome.out()).isZero();
            assertThat(outcome.out())
                    .contains("applied by its one live member", "users on replica-1: evicted ", "no fault");
            assertThat(heard.records).hasSize(1);
            assertThat(subscriber.isCaughtUp()).isTrue();
        }
    }

    @Test
    void whatWouldEvictTooMuchIsRefusedUnlessForced() {
        try (Subscriber subscriber = subscribe("users", new Heard())) {
            Outcome refused = ask("publish", "users", "--all", "--maximum-entries", "6");
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.err()).contains("7 entries of users", "1 live member", "at most 6", "--force");
            assertThat(subscriber.region("users").lagRecords()).isZero();

            assertThat(ask("publish", "users", "--all", "--maximum-entries", "7")
                            .exitCode())
                    .isZero();
            assertThat(run("publish", "users", "--all", "--maximum-entries", "6", "--force")
                            .exitCode())
                    .isZero();
        }
    }
}

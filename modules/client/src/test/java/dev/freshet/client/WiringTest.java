package dev.freshet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.awaitility.Awaitility.await;

import dev.freshet.Freshet;
import dev.freshet.FreshetConfig;
import dev.freshet.Region;
import dev.freshet.RegionOptions;
import dev.freshet.bus.Change;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RedisAccess;
import dev.freshet.bus.RedisConfig;
import dev.freshet.bus.RedisCredentials;
import dev.freshet.cache.RegionCache;
import dev.freshet.cache.StoreOptions;
import dev.freshet.fixtures.TestClients;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import dev.freshet.testkit.RedisExtension;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wired wrongly is refused at once, in a sentence that says what to do. None of it needs Redis. */
class WiringTest {

    @RegisterExtension
    static final RedisExtension REDIS = new RedisExtension();

    private static RegionOptions<String> options() {
        return RegionOptions.maximumEntries(100);
    }

    @Test
    void aRegionIsOpenOnce() {
        try (Freshet freshet = Freshet.connect(TestClients.NOBODY)) {
            Region<String> users = freshet.region("users", options());
            assertThatIllegalStateException()
                    .isThrownBy(() -> freshet.region("users", options()))
                    .withMessageContaining("region \"users\" is open already");
            freshet.region("products", options());

            users.close();

            freshet.region("users", options());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Users", "a b", "-a"})
    void aRegionHasAValidName(String name) {
        try (Freshet freshet = Freshet.connect(TestClients.NOBODY)) {
            assertThatIllegalArgumentException().isThrownBy(() -> freshet.region(name, options()));
        }
    }

    @Test
    void anOptionThatIsWrongByItselfIsRefusedWhereItIsSet() {
        RegionOptions<String> right = options();
        List<ThrowingCallable> wrong = List.of(
                () -> RegionOptions.maximumEntries(0),
                () -> RegionOptions.<String>maximumBytes(-1, String::length),
                () -> right.expireAfterWrite(Duration.ZERO),
                () -> right.cacheAbsences(Duration.ofSeconds(-1)),
                () -> right.tier(TestClients.TEXT, Duration.ofNanos(1)),
                () -> right.oneLoadAcrossReplicas(Duration.ZERO),
                () -> right.loadTimeout(Duration.ZERO),
                () -> right.cache(cache -> cache.refreshJitter(2)));
        assertThat(wrong)
                .allSatisfy(each -> assertThatIllegalArgumentException().isThrownBy(each));
    }

    @Test
    void optionsThatDoNotFitEachOtherAreRefusedAndLeaveTheNameFree() {
        try (Freshet freshet = Freshet.connect(TestClients.NOBODY)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> freshet.region("users", options().softTimeout(Duration.ofSeconds(1))))
                    .withMessageContaining("set fail safe");
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> freshet.region("users", options().cache(cache -> RegionCache.<String>builder("other")
                                    .maximumEntries(1))))
                    .withMessageContaining("\"users\"")
                    .withMessageContaining("\"other\"");
            assertThatIllegalStateException()
                    .isThrownBy(() -> freshet.region("users", options().oneLoadAcrossReplicas(Duration.ofSeconds(1))))
                    .withMessageContaining("without a tier");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> freshet.region(
                            "users",
                            options()
                                    .tier(TestClients.TEXT, Duration.ofHours(1))
                                    .loadTimeout(Duration.ofSeconds(1))
                                    .oneLoadAcrossReplicas(Duration.ofSeconds(1))))
                    .withMessageContaining("at most half");
            freshet.region("users", options());
        }
    }

    @Test
    void allPartsHaveOneRedis() {
        FreshetConfig config = FreshetConfig.of(TestClients.NOBODY);
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> config.withPublisher(it -> it.withRedis(RedisConfig.of("redis://u:secret@127.0.0.1:2"))))
                .withMessageContaining("withRedis")
                .withMessageNotContaining("secret");
        FreshetConfig moved = config.withRedis(RedisConfig.of("redis://127.0.0.1:2"));
        assertThat(List.of(
                        moved.publisher().redis(),
                        moved.subscriber().redis(),
                        moved.tier().redis()))
                .containsOnly(moved.redis());
    }

    @Test
    void noTextShowsASecret() {
        RedisConfig redis = RedisConfig.of("redis://u:secret@127.0.0.1:1")
                .withAccess(RedisAccess.PLAIN.withCredentials(() -> new RedisCredentials("u", "secret")));
        try (Freshet freshet = Freshet.connect(FreshetConfig.of(redis))) {
            assertThat(freshet.toString() + FreshetConfig.of(redis)).doesNotContain("secret");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Freshet.connect("http://u:secret@127.0.0.1"))
                .withMessageNotContaining("secret");
    }

    @Test
    void aReceiptOfAnotherRegionIsRefused() {
        try (Freshet freshet = Freshet.connect(TestClients.NOBODY)) {
            Region<String> users = freshet.region("users", options());
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            users.awaitApplied(new Receipt("products", new Position(1, 1), 0), Duration.ofMillis(1)))
                    .withMessageContaining("\"products\"")
                    .withMessageContaining("\"users\"");
        }
    }

    @Test
    void aNullValueIsRefusedAndAnAbsenceIsAskedFor() {
        try (Freshet freshet = Freshet.connect(TestClients.NOBODY)) {
            Region<String> users = freshet.region("users", options());
            assertThatNullPointerException().isThrownBy(() -> storeNull(users)).withMessageContaining("storeAbsence");
        }
    }

    @SuppressWarnings("NullAway") // what is tested
    private static void storeNull(Region<String> users) {
        users.store(Leases.of(users.lookup("user:1")), null, StoreOptions.none());
    }

    @Test
    void whyARegionIsNotConfirmedIsSaid() {
        try (Freshet freshet = Freshet.connect(TestClients.quick(TestClients.NOBODY))) {
            assertThat(freshet.trouble()).as("no region is open").isNull();
            freshet.region("users", RegionOptions.maximumEntries(10));
            await().untilAsserted(() -> assertThat(freshet.trouble()).contains("127.0.0.1:1"));
            assertThat(freshet.misconfiguration()).isNull();
        }
        try (Freshet freshet = Freshet.connect(TestClients.patient(REDIS.uri()))) {
            Client.users(freshet);
            assertThat(freshet.trouble()).isNull();
        }
    }

    @Test
    void afterCloseEveryCallIsRefused() {
        Freshet freshet = Freshet.connect(TestClients.NOBODY);
        Region<String> users = freshet.region("users", options());
        freshet.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> freshet.region("products", options()))
                .withMessageContaining("this client is closed");
        List<ThrowingCallable> calls = List.of(
                () -> users.get("user:1", (key, load) -> "Ada"),
                () -> users.getIfPresent("user:1"),
                () -> users.lookup("user:1"),
                () -> users.invalidate("user:1"),
                () -> users.invalidateAsync(Change.ofKeys("user:1")),
                () -> users.write("user:1", "Ada", write -> {}),
                () -> users.evictLocally(Selector.all()),
                users::state);
        assertThat(calls).allSatisfy(call -> assertThatIllegalStateException()
                .isThrownBy(call)
                .withMessageContaining("region \"users\" is closed"));
        assertThat(users.ready()).isCompletedExceptionally();
        users.close();
        freshet.close();
    }
}

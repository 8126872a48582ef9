package dev.freshet.e2e.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import dev.freshet.e2e.tool.Browsers;
import dev.freshet.testkit.Checkout;
import dev.freshet.testkit.FaultProxy;
import dev.freshet.testkit.FaultProxy.Direction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The console as an operator uses it: a real browser, a real publisher, real subscribers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Tag("ci")
@SuppressWarnings("NullAway.Init") // before all tests
class ConsoleIT {

    private static final String ALL_CONFIRMED = "3 of 3 replicas confirmed";

    private Browsers browsers;
    private Fleet fleet;
    private Page page;
    private boolean isUnauthorised;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        browsers = Browsers.start(folder);
        PlaywrightAssertions.setDefaultAssertionTimeout(60_000);
        fleet = Fleet.start(folder);
        fleet.store("users", "user:17", "team:7, eu");
        fleet.store("orders", "order:secret", "t");
        fleet.publish("{\"region\":\"users\",\"keys\":[\"user:1\"],\"tags\":[\"team:1\"]}");
        fleet.publish("{\"region\":\"orders\",\"keys\":[\"order:hidden\"]}");
    }

    @AfterAll
    void stop() {
        if (fleet != null) {
            fleet.close();
        }
        if (browsers != null) {
            browsers.close();
        }
    }

    @AfterEach
    void nothingWasComplainedAbout() {
        // Chromium itself reports each answer that is no success; only one test means to get one.
        assertThat(browsers.complaints())
                .allMatch(complaint -> isUnauthorised && complaint.contains("401 (Unauthorized)"), "nothing");
        page.context().close();
    }

    private void open(String token, NewContextOptions options) {
        page = browsers.open(fleet.console(token), options);
        assertThat(sentence()).containsText(" confirmed");
    }

    private void open(String token) {
        open(token, new NewContextOptions().setViewportSize(1280, 900));
    }

    private Locator sentence() {
        return page.locator("#sentence");
    }

    private Locator level(String level) {
        return page.locator("#verdict[data-level=" + level + "]");
    }

    private void go(String view) {
        page.getByRole(AriaRole.NAVIGATION)
                .getByRole(AriaRole.LINK, new Locator.GetByRoleOptions().setName(view))
                .click();
    }

    private void choose(String region) {
        page.getByLabel("Region", new Page.GetByLabelOptions().setExact(true)).selectOption(region);
        assertThat(page.locator("#panel-regions h3, #panel-tail .command code").first())
                .containsText(region);
    }

    private void ask(String name) {
        go("Ask");
        page.getByLabel("Name").fill(name);
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName("Ask").setExact(true))
                .click();
    }

    @Test
    @Order(1)
    void theOverviewShowsEachRegionAndEachMember() {
        open(Fleet.OPERATOR);

        assertThat(sentence()).containsText(ALL_CONFIRMED);
        assertThat(level("green")).isVisible();
        assertThat(page.locator(".regions tbody tr")).hasCount(2);
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("users"))
                .click();
        assertThat(page.getByText("Members of users")).isVisible();
        assertThat(page.locator(".detail tbody tr")).hasCount(3);
        assertThat(page.locator(".detail tbody tr").first()).containsText("confirmed");
        assertThat(page.locator(".river .right li")).hasCount(3);
        assertThat(page.locator(".river .left li")).hasText("shop");
        assertThat(page.url()).endsWith("#/overview?region=users").doesNotContain("token");
        assertThat(page.locator(".detail canvas")).isVisible();
    }

    @Test
    @Order(2)
    void recordsArriveAreFilteredAndSayWhenEachMemberAppliedThem() {
        open(Fleet.OPERATOR);
        go("Tail");
        choose("users");
        fleet.publish("{\"region\":\"users\",\"keys\":[\"user:live\"],\"version\":7}");

        Locator row = page.locator(".records tbody tr", new Page.LocatorOptions().setHasText("user:live"));
        assertThat(row).hasCount(1);
        page.getByLabel("Filter").fill("user:li");
        assertThat(page.locator(".records tbody tr")).hasCount(1);
        assertThat(page).hasURL(Pattern.compile(".*filter=user%3Ali.*"));
        row.getByRole(AriaRole.BUTTON).click();
        Locator detail = page.locator("#panel-tail .detail");
        assertThat(detail).containsText("version 7");
        assertThat(detail.locator("tbody tr")).hasCount(3);
        assertThat(detail.locator("tbody tr td").first()).containsText(Pattern.compile("[0-9.]+ (µs|ms|s)"));

        page.reload();
        assertThat(page.getByLabel("Filter")).hasValue("user:li");
        assertThat(page.locator(".records tbody tr")).hasCount(1);
    }

    @Test
    @Order(3)
    void askTellsWhoHoldsItAndPublishesOnceSomebodyConfirms() {
        open(Fleet.OPERATOR);
        choose("users");
        ask("user:17");

        Locator cards = page.locator(".answer .card");
        assertThat(cards).hasCount(3);
        assertThat(cards.first()).containsText("readable");
        assertThat(cards.first()).containsText("team:7");
        assertThat(page.locator(".answer .by")).containsText("the tag eu");
        assertThat(page.locator(".answer")).not().containsText("secret value");
        assertThat(page).hasURL(Pattern.compile(".*#/ask\\?.*name=user%3A17.*"));

        page.getByText("Publish this invalidation").click();
        assertThat(page.locator(".publish [role=status]")).containsText("applied by 3 of 3 members");
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName("Ask").setExact(true))
                .click();
        assertThat(cards.first()).containsText("does not hold it");

        page.getByLabel("What").selectOption("all");
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName("Ask").setExact(true))
                .click();
        assertThat(page.locator(".publish")).containsText("Broad changes may evict 10");
    }

    @Test
    @Order(4)
    void whoMayOnlyLookSeesHisRegionAndCannotPublish() {
        open(Fleet.ONLOOKER);

        assertThat(page.locator(".regions tbody tr")).hasCount(1);
        ask("user:99");
        assertThat(page.getByText("Publish this invalidation")).isDisabled();
        assertThat(page.locator(".publish")).containsText("Read-only");
    }

    @Test
    @Order(5)
    void keysAreHashesWhereTheSettingsDoNotShowThem() {
        open(Fleet.OPERATOR);
        choose("orders");
        go("Tail");
        assertThat(page.locator(".records .what").first()).containsText(Pattern.compile("key #[0-9a-f]{10}"));
        ask("order:secret");
        assertThat(page.locator(".answer .card").first()).containsText("readable");
        assertThat(page.locator(".answer .card").first()).containsText(Pattern.compile("tags #[0-9a-f]{10}"));
        assertThat(page.content()).doesNotContain("order:hidden");
    }

    @Test
    @Order(6)
    void withoutATokenThePageAsksForOne() {
        isUnauthorised = true;
        page = browsers.open(
                fleet.console("").replace("/#token=", "/"), new NewContextOptions().setViewportSize(1280, 900));
        assertThat(page.locator("#token-dialog")).isVisible();
        page.getByLabel("Token", new Page.GetByLabelOptions().setExact(true))
                .last()
                .fill(Fleet.OPERATOR);
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Use it"))
                .click();
        assertThat(sentence()).containsText(ALL_CONFIRMED);
        nothingWasComplainedAbout();
        isUnauthorised = false;
        open(Fleet.OPERATOR);
    }

    @Test
    @Order(7)
    void theKeyboardReachesEverything() {
        open(Fleet.OPERATOR);
        page.keyboard().press("Tab");
        assertThat(page.locator(".skip")).isFocused();
        page.keyboard().press("Enter");
        assertThat(page.locator("#main")).isFocused();
        page.locator("nav a").nth(2).focus();
        page.keyboard().press("Enter");
        assertThat(page.locator("#panel-ask")).isVisible();
        assertThat(page.locator("nav a").nth(2)).hasAttribute("aria-current", "page");
    }

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    @Order(8)
    void nothingKeepsAnybodyOut(ColorScheme scheme) {
        open(Fleet.OPERATOR, new NewContextOptions().setViewportSize(1280, 900).setColorScheme(scheme));
        choose("users");
        assertThat(Browsers.barriers(page)).isEmpty();
        go("Tail");
        page.locator(".records tbody button").first().click();
        assertThat(page.locator("#panel-tail .detail tbody tr")).hasCount(3);
        assertThat(Browsers.barriers(page)).isEmpty();
        ask("user:17");
        assertThat(page.locator(".answer .card")).hasCount(3);
        assertThat(Browsers.barriers(page)).isEmpty();
        go("Sources");
        assertThat(Browsers.barriers(page)).isEmpty();
        go("Audit");
        assertThat(page.locator("#panel-audit tbody tr").first()).containsText("1s");
        assertThat(page.locator("#panel-audit")).containsText("or better");
        assertThat(Browsers.barriers(page)).isEmpty();
    }

    @Test
    @Order(9)
    void aPhoneNeedsNoScrollingSideways() {
        open(Fleet.OPERATOR, new NewContextOptions().setViewportSize(390, 844).setHasTouch(true));
        for (String view : new String[] {"Overview", "Tail", "Ask", "Sources", "Audit"}) {
            go(view);
            assertThat(page.locator("nav a[aria-current]")).hasText(view);
            assertThat(page.evaluate("document.documentElement.scrollWidth - innerWidth"))
                    .as(view)
                    .isEqualTo(0);
        }
    }

    @Test
    @Order(10)
    void darkIsDarkAndCanBeChosen() {
        open(Fleet.OPERATOR, new NewContextOptions().setColorScheme(ColorScheme.LIGHT));
        Object light = background();
        page.locator("#theme").click();
        page.locator("#theme").click();
        assertThat(page.locator("#theme")).hasText("Theme: dark");
        assertThat(background()).isNotEqualTo(light);
        page.reload();
        assertThat(page.locator("#theme")).hasText("Theme: dark");
    }

    private Object background() {
        return page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    }

    @Test
    @Order(11)
    void aMemberThatIsKilledIsMissedAndItsSuccessorIsGreeted() {
        open(Fleet.OPERATOR);
        choose("users");
        assertThat(sentence()).containsText(ALL_CONFIRMED);

        fleet.kill(2);
        assertThat(level("amber")).isVisible();
        assertThat(sentence()).containsText("silent: r2");
        assertThat(page.locator("#advice")).containsText("killed, frozen or cut off");
        Locator card = page.locator(".river .right li", new Page.LocatorOptions().setHasText("r2"));
        fleet.publish("{\"region\":\"users\",\"keys\":[\"user:missed\"]}");
        assertThat(card).containsText("1 behind");

        fleet.startAgain(2);
        assertThat(sentence()).containsText(ALL_CONFIRMED);
        assertThat(card).containsText("confirmed");
    }

    /** As behind a load balancer that has forgotten a connection: it stays open, and nothing comes any more. */
    @Test
    @Order(12)
    void aSilentConnectionIsGivenUpAndAnotherIsMade() {
        try (FaultProxy proxy = fleet.proxyOfConsole()) {
            page = browsers.openWithClock(
                    "http://127.0.0.1:" + proxy.port() + "/#token=" + Fleet.OPERATOR,
                    new NewContextOptions().setViewportSize(1280, 900));
            assertThat(sentence()).containsText(ALL_CONFIRMED);
            proxy.stall(Direction.TO_CLIENT);
            page.clock().runFor(11_000);
            assertThat(sentence()).hasText("The publisher does not answer. What is shown is old.");
            proxy.heal();
            page.clock().runFor(6_000);
            assertThat(sentence()).containsText(ALL_CONFIRMED);
        }
    }

    /** Writes the pictures of the README and of the pages, if -Dfreshet.screenshots=write says so. */
    @Test
    @Order(13)
    void picturesForThePages() {
        boolean writes = "write".equals(System.getProperty("freshet.screenshots"));
        open(Fleet.OPERATOR);
        Page first = page;
        try (Fleet.Traffic traffic = fleet.traffic()) {
            pictures(writes);
            assertThat(traffic.published()).isPositive();
        }
        page = first;
    }

    private void pictures(boolean writes) {
        for (ColorScheme scheme : new ColorScheme[] {ColorScheme.LIGHT, ColorScheme.DARK}) {
            open(
                    Fleet.OPERATOR,
                    new NewContextOptions().setViewportSize(1200, 900).setColorScheme(scheme));
            choose("users");
            flows();
            shoot("console-" + scheme.name().toLowerCase(Locale.ROOT), writes);
            page.context().close();
        }
        open(Fleet.OPERATOR, new NewContextOptions().setViewportSize(390, 844).setDeviceScaleFactor(2));
        choose("users");
        flows();
        shoot("console-phone", writes);
        page.context().close();
    }

    /** Waits until the river flows and each member has landed some of it. */
    private void flows() {
        assertThat(page.locator("#panel-river .note")).containsText(Pattern.compile("^1[0-9] records a second"));
        assertThat(page.locator(".regions tbody tr.selected td").nth(3)).containsText("s");
    }

    private void shoot(String name, boolean writes) {
        byte[] picture = writes
                ? page.screenshot(new Page.ScreenshotOptions().setPath(Checkout.file("docs/images/" + name + ".png")))
                : page.screenshot();
        assertThat(picture).isNotEmpty();
    }
}

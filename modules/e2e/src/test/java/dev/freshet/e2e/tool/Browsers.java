package dev.freshet.e2e.tool;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/** This machine's Chromium, driven by its Node. Used by one thread. */
public final class Browsers implements AutoCloseable {

    private static final double TIMEOUT_MILLIS = 60_000;

    /** Playwright asks for this version of Node, and what is used of it here runs on the one before, which Debian 12 has. */
    private static final int NODE = 20;

    private static final String NEWER = """
            const version = '20.0.0';
            Object.defineProperty(process.versions, 'node', { value: version });
            Object.defineProperty(process, 'version', { value: 'v' + version });
            """;

    private final Playwright playwright;
    private final Browser browser;
    private final List<String> complaints = new ArrayList<>();

    private Browsers(Playwright playwright, Browser browser) {
        this.playwright = playwright;
        this.browser = browser;
    }

    /**
     * Starts a browser. If the machine has none, or no Node, the test is skipped.
     *
     * @param folder for what the browser's driver needs
     */
    public static Browsers start(Path folder) {
        HostTool chromium = HostTool.require("chromium", "chromium-browser");
        HostTool node = HostTool.require("node", "nodejs");
        Map<String, String> environment = new HashMap<>(Map.of(
                "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD",
                "1",
                "PLAYWRIGHT_NODEJS_PATH",
                node.program().toString()));
        String version = node.run(folder, "--version").expectSuccess().strip();
        if (Integer.parseInt(version.replaceAll("^v([0-9]+)\\..*", "$1")) < NODE) {
            environment.put("NODE_OPTIONS", "--require " + written(folder));
        }
        Playwright playwright = Playwright.create(new Playwright.CreateOptions().setEnv(environment));
        Browser browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(chromium.program())
                        .setArgs(List.of("--no-sandbox", "--disable-gpu")));
        return new Browsers(playwright, browser);
    }

    private static Path written(Path folder) {
        try {
            return Files.writeString(folder.resolve("newer-node.cjs"), NEWER);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Opens a page of a browser that knows nothing yet, and notes whatever it complains about. */
    public Page open(String address, Browser.NewContextOptions options) {
        return open(address, options, page -> {});
    }

    /** Like {@link #open}; the page's clock can be moved. */
    public Page openWithClock(String address, Browser.NewContextOptions options) {
        return open(address, options, page -> page.clock().install());
    }

    private Page open(String address, Browser.NewContextOptions options, Consumer<Page> prepare) {
        BrowserContext context = browser.newContext(options.setLocale("en-GB").setTimezoneId("UTC"));
        context.setDefaultTimeout(TIMEOUT_MILLIS);
        Page page = context.newPage();
        complaints.clear();
        page.onConsoleMessage(message -> {
            if (List.of("error", "warning").contains(message.type())) {
                complaints.add(message.type() + ": " + message.text() + " at " + message.location());
            }
        });
        page.onPageError(fault -> complaints.add("thrown: " + fault));
        page.onRequest(request -> {
            if (!request.url().startsWith(address.replaceAll("/#.*|/$", ""))) {
                complaints.add("a request that leaves the publisher: " + request.url());
            }
        });
        prepare.accept(page);
        page.navigate(address);
        return page;
    }

    /** Returns what the last page complained about: errors in scripts, refused by the policy, requests to elsewhere. */
    public List<String> complaints() {
        return List.copyOf(complaints);
    }

    /** Returns what axe finds serious or critical in the page as it is now. */
    public static List<?> barriers(Page page) {
        page.evaluate(axe());
        Object found = page.evaluate("""
                () => axe.run(document, { resultTypes: ['violations'] }).then(result => result.violations
                  .filter(one => ['serious', 'critical'].includes(one.impact))
                  .map(one => `${one.id}: ${one.help}: ${one.nodes.map(node => node.html + ' ' + node.failureSummary).join(' | ')}`))
                """);
        return (List<?>) found;
    }

    private static String axe() {
        try (InputStream in = Objects.requireNonNull(Browsers.class.getResourceAsStream("/axe.min.js"), "axe.min.js")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}

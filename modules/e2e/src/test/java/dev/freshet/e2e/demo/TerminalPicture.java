package dev.freshet.e2e.demo;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Page;
import dev.freshet.e2e.tool.Browsers;
import dev.freshet.e2e.tool.NodePackages;
import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.Path;

/** What a terminal of 100 columns shows after an output: xterm.js in a browser. */
final class TerminalPicture implements AutoCloseable {

    private static final String SHOW = """
            output => new Promise(shown => {
              const terminal = new Terminal({
                cols: 100, rows: 32, scrollback: 0, convertEol: true, fontFamily: '"DejaVu Sans Mono", monospace', fontSize: 14,
                theme: { background: '#14181f', foreground: '#d7dce4', green: '#6fce8a', red: '#ff7b72', yellow: '#e3b341' },
                cursorInactiveStyle: 'none' });
              terminal.open(document.body);
              terminal.write(output, () => {
                const buffer = terminal.buffer.active;
                const rows = [];
                for (let row = 0; row < terminal.rows; row++) {
                  rows.push(buffer.getLine(buffer.viewportY + row).translateToString(true));
                }
                requestAnimationFrame(() => requestAnimationFrame(() => shown(rows.join('\\n'))));
              });
            })
            """;

    private final Browsers browsers;
    private final Page page;
    private final String text;

    private TerminalPicture(Browsers browsers, Page page, String text) {
        this.browsers = browsers;
        this.page = page;
        this.text = text;
    }

    static TerminalPicture of(String output, Path folder) throws IOException {
        Path library = NodePackages.install(
                        Checkout.file("modules/e2e/src/test/resources/dev/freshet/e2e/demo/terminal"), "demo-terminal")
                .resolve("node_modules/@xterm/xterm");
        Browsers browsers = Browsers.start(folder);
        Page page = browsers.open("about:blank", new NewContextOptions().setViewportSize(1000, 700));
        page.addStyleTag(new Page.AddStyleTagOptions().setPath(library.resolve("css/xterm.css")));
        page.addStyleTag(new Page.AddStyleTagOptions()
                .setContent("body { margin: 0 } .xterm { padding: 12px; display: inline-block; background: #14181f }"));
        page.addScriptTag(new Page.AddScriptTagOptions().setPath(library.resolve("lib/xterm.js")));
        return new TerminalPicture(browsers, page, String.valueOf(page.evaluate(SHOW, output)));
    }

    /** Returns the rows that can be seen. */
    String text() {
        return text;
    }

    byte[] png() {
        return page.locator(".xterm").screenshot();
    }

    @Override
    public void close() {
        browsers.close();
    }
}

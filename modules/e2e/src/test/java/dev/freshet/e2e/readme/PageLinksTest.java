package dev.freshet.e2e.readme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.Checkout;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Checks every page of the repository: the files and headings that it links are there, and the pages together stay short. */
@Tag("pure")
class PageLinksTest {

    /** A link to a file of the repository, to an anchor of it (group 2), or to an anchor of the same page (group 1 is empty). */
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:\\s]*)(?:#([^)\\s]*))?\\)");

    /** What a benchmark wrote. */
    private static final Pattern GENERATED =
            Pattern.compile("<!-- (\\w+): generated -->.*?<!-- \\1: end -->", Pattern.DOTALL);

    private static final Pattern FENCED = Pattern.compile("(?ms)^ *(```|~~~).*?^ *\\1[^\\n]*$");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?)(?: +#+)? *$");
    private static final Pattern NAMED = Pattern.compile("<a (?:id|name)=\"([^\"]+)\"");
    private static final Pattern LINKED_TEXT = Pattern.compile("\\[([^\\]]*)\\]\\([^)]*\\)");

    @Test
    void everyLinkLeadsToAFileAndToAHeadingOfIt() throws IOException {
        Map<Path, String> pages = pages(Checkout.root());
        List<String> broken = new ArrayList<>();
        int anchors = 0;
        for (Map.Entry<Path, String> page : pages.entrySet()) {
            Matcher link = LINK.matcher(page.getValue());
            while (link.find()) {
                Path target = link.group(1).isEmpty()
                        ? page.getKey()
                        : page.getKey().resolveSibling(link.group(1)).normalize();
                String anchor = link.group(2);
                String text = pages.get(target);
                boolean found = Files.exists(target)
                        && (anchor == null || text == null || anchors(text).contains(anchor));
                if (!found) {
                    broken.add(Checkout.root().relativize(page.getKey()) + ": " + link.group());
                }
                anchors += anchor == null ? 0 : 1;
            }
        }
        assertThat(broken).isEmpty();
        assertThat(anchors).as("links with an anchor").isGreaterThan(100);
    }

    /**
     * Whoever adds a fact says another one shorter. Pages for those who come from Spring, from another cache or with a client of Redis are
     * read by few; tables that benchmarks write are looked up, not read.
     */
    @Test
    void theReadmeAndThePagesStayShort() throws IOException {
        assertThat(words(Files.readString(Checkout.file("README.md")))).isLessThanOrEqualTo(700);
        long ofPages = 0;
        for (Map.Entry<Path, String> page : pages(Checkout.root()).entrySet()) {
            String name = Checkout.root().relativize(page.getKey()).toString();
            if (name.matches("docs/[^/]+\\.md")
                    && !name.matches(".*/(SPRING|MIGRATION|RESP|AUDIT|CONSOLE|TRACING)\\.md")) {
                ofPages += words(GENERATED.matcher(page.getValue()).replaceAll(""));
            }
        }
        assertThat(ofPages).isBetween(10_000L, 20_000L);
    }

    private static int words(String text) {
        return text.split("\\s+").length;
    }

    @Test
    void headingsHaveTheAnchorsThatGitHubGivesThem() {
        assertThat(anchors("""
                        # GET /v1/regions, GET /v1/regions/{region}
                        ## Redis' `own` keys_now – *twice*
                        ## See [the log](LOG.md#a)
                        ## Same
                        ## Same
                        ## Ünïcode 2
                        - <a id="by-hand"></a>text
                        """))
                .containsExactlyInAnyOrder(
                        "get-v1regions-get-v1regionsregion",
                        "redis-own-keys_now--twice",
                        "see-the-log",
                        "same",
                        "same-1",
                        "ünïcode-2",
                        "by-hand");
    }

    /** Returns the text of every page outside build folders, without blocks of code. */
    private static Map<Path, String> pages(Path root) throws IOException {
        Map<Path, String> pages = new HashMap<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                String name = String.valueOf(folder.getFileName());
                boolean built = name.equals("target") || name.equals("node_modules") || name.equals(".git");
                return built ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (file.toString().endsWith(".md")) {
                    pages.put(
                            file.normalize(),
                            FENCED.matcher(Files.readString(file)).replaceAll(""));
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return pages;
    }

    /**
     * Returns the anchors of a page, by GitHub's rule: the heading's text in lower case without punctuation, with a hyphen for each
     * space; a heading that comes again has a number. Anchors written as HTML count too.
     */
    private static Set<String> anchors(String page) {
        Set<String> anchors = new HashSet<>();
        Matcher heading = HEADING.matcher(page);
        while (heading.find()) {
            String slug = LINKED_TEXT
                    .matcher(heading.group(1))
                    .replaceAll("$1")
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{M}\\p{N}_\\- ]", "")
                    .replace(' ', '-');
            String anchor = slug;
            for (int again = 1; !anchors.add(anchor); again++) {
                anchor = slug + "-" + again;
            }
        }
        Matcher named = NAMED.matcher(page);
        while (named.find()) {
            anchors.add(named.group(1));
        }
        return anchors;
    }
}

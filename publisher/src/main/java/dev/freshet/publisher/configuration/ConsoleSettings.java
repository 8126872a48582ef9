package dev.freshet.publisher.configuration;

import dev.freshet.schema.Syntax;
import dev.freshet.service.config.Settings;
import dev.freshet.service.port.PortSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the console.
 *
 * @param port how its port treats browsers
 * @param tokensFile who may see and do what; null: everybody who reaches the port may see everything, and nobody may publish there
 * @param showKeys the regions whose keys, tags and prefixes are shown; one that ends with {@code *} stands for all that begin so. Others
 *     show hashes
 * @param maximumViewers how many browsers may watch at a time
 */
public record ConsoleSettings(PortSettings port, @Nullable Path tokensFile, List<String> showKeys, int maximumViewers) {

    private static final String SECTION = "console";
    private static final String ALL = "*";

    /** Reads the section; null if no port is set, so that there is no console. */
    static @Nullable ConsoleSettings read(Settings settings) {
        Settings console = settings.section(SECTION);
        ConsoleSettings read = new ConsoleSettings(
                PortSettings.read(
                                console,
                                new PortSettings.Defaults(
                                        "127.0.0.1", -1, Duration.ofSeconds(75), 300, "the console is served"))
                        .withPages(),
                console.file(
                        "tokens-file",
                        "who may see and do what in the console: a line for each token, as ./freshet token makes it"),
                console.texts(
                        "show-keys",
                        "regions",
                        ConsoleSettings::faultInPattern,
                        "the regions whose keys are shown; *: all, product-*: all that begin so; others show hashes"),
                console.integer("maximum-viewers", 100, 1, 1_000, "how many browsers may watch at a time"));
        if (!console.has("port")) {
            return null; // Off: the other settings may come with a deployment that does not use it.
        }
        boolean isGuarded = read.tokensFile != null || read.port.tls() != null;
        if (!isGuarded && !read.port.isLocal()) {
            console.fault(
                    "host",
                    "must be a loopback address, as in 127.0.0.1, or come with console.tokens-file or"
                            + " console.tls.certificate: else whoever reaches the port sees every region and member");
        }
        return read;
    }

    private static @Nullable String faultInPattern(String pattern) {
        String name = pattern.endsWith(ALL) ? pattern.substring(0, pattern.length() - 1) : pattern;
        return pattern.equals(ALL) || Syntax.faultInRegion(name).isEmpty()
                ? null
                : "must be a region, the begin of some with * behind it, or *";
    }

    /** Returns whether the keys of a region are shown. */
    public boolean showsKeysOf(String region) {
        return showKeys.stream()
                .anyMatch(pattern -> pattern.endsWith(ALL)
                        ? region.startsWith(pattern.substring(0, pattern.length() - 1))
                        : pattern.equals(region));
    }
}

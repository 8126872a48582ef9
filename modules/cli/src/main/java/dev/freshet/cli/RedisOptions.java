package dev.freshet.cli;

import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.RedisConfig;
import dev.freshet.service.config.Configuration;
import dev.freshet.service.config.ConfigurationException;
import dev.freshet.service.config.ConfigurationFault;
import dev.freshet.service.config.RedisSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where Redis is and how to get in, for every subcommand that connects to it: the settings that the applications read too. */
final class RedisOptions {

    private static final String FROM_FLAG = "from flag ";

    /** Help shows them behind the options of the command itself. */
    private static final int BEHIND_THE_OTHERS = 1;

    private static final int LAST = 3;

    @Option(
            names = "--redis",
            order = BEHIND_THE_OTHERS,
            paramLabel = "URI",
            description = {
                "redis://[[user]:password@]host:port, rediss:// for TLS, redis-sentinel://host:port,…/master-name,"
                        + " redis-cluster://host:port,…",
                "(default: the environment's FRESHET_REDIS_URI, else that of --config, else redis://127.0.0.1:6379)"
            })
    private @Nullable String uri;

    @Option(
            names = "--config",
            order = BEHIND_THE_OTHERS,
            paramLabel = "FILE",
            defaultValue = "${env:FRESHET_CONFIG}",
            description = "A publisher's or subscriber's configuration; its section redis says how to connect"
                    + " (default: the environment's FRESHET_CONFIG).")
    private @Nullable Path configFile;

    @Option(
            names = "--set",
            order = BEHIND_THE_OTHERS,
            paramLabel = "NAME=VALUE",
            description = "A setting of that section, like redis.tls.ca=FILE; may be repeated.")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(
            names = {"-h", "--help"},
            order = LAST,
            usageHelp = true,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // Read by picocli.
    private boolean help;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private CommandSpec spec;

    /** Returns the configuration file, or null if there is none. */
    @Nullable
    Path configFile() {
        return configFile;
    }

    /**
     * Returns how to connect: as the command line says, else the environment, else the configuration file.
     *
     * @throws ParameterException naming every fault
     */
    RedisConfig config() {
        List<Configuration.Flag> flags = new ArrayList<>();
        settings.forEach((name, value) -> flags.add(new Configuration.Flag(name, value, "--set " + name)));
        if (uri != null) {
            flags.add(new Configuration.Flag("redis.uri", uri, "--redis"));
        }
        try {
            return RedisSettings.readAlone(configFile, System.getenv(), flags);
        } catch (ConfigurationException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    e.faults().stream().map(RedisOptions::text).collect(Collectors.joining("\n")));
        }
    }

    /** Returns how a command that publishes, or asks members, connects. */
    PublisherConfig publisher() {
        RedisConfig config = config();
        return PublisherConfig.of(config.uri()).withRedis(config).withName("freshet-cli");
    }

    /** A fault of a flag is said of the flag, as users typed it. */
    private static String text(ConfigurationFault fault) {
        String source = fault.source();
        return source != null && source.startsWith(FROM_FLAG)
                ? source.substring(FROM_FLAG.length()) + " " + fault.fault()
                : fault.toString();
    }
}

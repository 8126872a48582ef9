package dev.freshet.cli;

import dev.freshet.bus.RedisConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The address of Redis, for every subcommand that connects to it. */
final class RedisOptions {

    private static final String ENVIRONMENT_VARIABLE = "FRESHET_REDIS_URI";
    private static final String DEFAULT_URI = "redis://127.0.0.1:6379";

    @Option(
            names = "--redis",
            paramLabel = "URI",
            description = {
                "redis://[[user]:password@]host:port, rediss:// for TLS, redis-sentinel://host:port,…/master-name,"
                        + " redis-cluster://host:port,…",
                "(default: the environment's FRESHET_REDIS_URI, else " + DEFAULT_URI + ")"
            })
    private @Nullable String given;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // Read by picocli.
    private boolean help;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private CommandSpec spec;

    /**
     * Returns the address given on the command line, else the environment's, else the default.
     *
     * @throws ParameterException if the address is invalid
     */
    RedisConfig config() {
        String environment = System.getenv(ENVIRONMENT_VARIABLE);
        String name = given != null || environment == null ? "--redis" : ENVIRONMENT_VARIABLE;
        String uri = given != null ? given : environment != null ? environment : DEFAULT_URI;
        String fault = RedisConfig.faultIn(uri);
        if (fault != null) {
            throw new ParameterException(spec.commandLine(), name + " " + fault);
        }
        return RedisConfig.of(uri);
    }
}

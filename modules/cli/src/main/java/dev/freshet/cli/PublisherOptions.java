package dev.freshet.cli;

import dev.freshet.cli.connection.Deployment;
import dev.freshet.cli.connection.PublisherAccess;
import dev.freshet.cli.connection.PublisherDeployment;
import dev.freshet.cli.connection.RedisDeployment;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How commands reach a publisher over HTTP, with the rights of a caller, instead of Redis. */
final class PublisherOptions {

    private static final String VARIABLES = "FRESHET_CLI_";

    /** Help shows them behind those for Redis. */
    private static final int BEHIND_REDIS = 2;

    @Option(
            names = "--publisher",
            order = BEHIND_REDIS,
            paramLabel = "URL",
            description = {
                "Ask this publisher over HTTP instead of Redis, like https://freshet-publisher:8700",
                "(default: the environment's FRESHET_CLI_PUBLISHER)."
            })
    private @Nullable String address;

    @Option(
            names = "--token-file",
            order = BEHIND_REDIS,
            paramLabel = "FILE",
            description = "The file that holds the token to show there (default: FRESHET_CLI_TOKEN_FILE).")
    private @Nullable Path tokenFile;

    @Option(
            names = "--ca",
            order = BEHIND_REDIS,
            paramLabel = "FILE",
            description = "The authorities that its certificate may be from, in PEM (default: FRESHET_CLI_CA,"
                    + " else those that Java trusts).")
    private @Nullable Path ca;

    @Option(
            names = "--certificate",
            order = BEHIND_REDIS,
            paramLabel = "FILE",
            description = "The client certificate to show there, in PEM (default: FRESHET_CLI_CERTIFICATE).")
    private @Nullable Path certificate;

    @Option(
            names = "--certificate-key",
            order = BEHIND_REDIS,
            paramLabel = "FILE",
            description = "Its private key, in PEM (default: FRESHET_CLI_CERTIFICATE_KEY).")
    private @Nullable Path key;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private CommandSpec spec;

    /**
     * Returns where the publisher is, as the command line says, else the environment; null: neither does.
     *
     * @throws ParameterException if options do not fit together
     */
    @Nullable
    PublisherAccess access() {
        String uri = address == null ? variable("PUBLISHER") : address;
        if (uri == null) {
            if (tokenFile != null || ca != null || certificate != null || key != null) {
                throw wrong("--token-file, --ca, --certificate and --certificate-key are only for --publisher");
            }
            return null;
        }
        Path shown = file(certificate, "CERTIFICATE");
        Path itsKey = file(key, "CERTIFICATE_KEY");
        if ((shown == null) != (itsKey == null)) {
            throw wrong("--certificate and --certificate-key must be given together");
        }
        try {
            return new PublisherAccess(
                    PublisherAccess.address(uri), file(tokenFile, "TOKEN_FILE"), file(ca, "CA"), shown, itsKey);
        } catch (IllegalArgumentException e) {
            throw wrong("--publisher " + e.getMessage());
        }
    }

    private static @Nullable Path file(@Nullable Path option, String name) {
        String variable = variable(name);
        return option != null || variable == null ? option : Path.of(variable);
    }

    private static @Nullable String variable(String name) {
        String value = System.getenv(VARIABLES + name);
        return value == null || value.isEmpty() ? null : value;
    }

    /** Connects to the publisher if there is one, else to Redis. Warns if a token would travel in plain text. */
    Deployment connect(Supplier<RedisDeployment> redis) {
        PublisherAccess access = access();
        if (access == null) {
            return redis.get();
        }
        if (access.tokenFile() != null && !access.isEncrypted() && !access.isLoopback()) {
            spec.commandLine()
                    .getErr()
                    .println(spec.qualifiedName() + ": the token travels in plain text; use https:// in --publisher");
        }
        return PublisherDeployment.at(access);
    }

    private ParameterException wrong(String fault) {
        return new ParameterException(spec.commandLine(), fault);
    }
}

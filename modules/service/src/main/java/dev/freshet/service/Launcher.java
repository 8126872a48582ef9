package dev.freshet.service;

import dev.freshet.service.config.Configuration;
import dev.freshet.service.config.ConfigurationException;
import dev.freshet.service.config.ConfigurationFault;
import dev.freshet.service.config.Setting;
import dev.freshet.service.config.Suggestion;
import dev.freshet.service.config.Units;
import dev.freshet.service.log.FatalErrors;
import dev.freshet.service.log.LoggingConfigurator;
import dev.freshet.service.log.Secrets;
import java.io.PrintStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.Security;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Runs an application as a process: reads flags and settings, starts the application, and stops it in order on SIGTERM.
 *
 * <p>Exit codes: 0 after an orderly stop, {@code --help}, {@code --version} and a valid {@code --check-config}; 1 if the
 * application cannot start; 2 if the configuration is faulty, and then nothing was started; 3 if no memory is left.
 */
public final class Launcher<S> {

    private static final String NAME_CACHE = "networkaddress.cache.ttl";
    private static final String NAME_CACHE_SECONDS = "5";

    private static final String NO_RENEGOTIATION = "jdk.tls.rejectClientInitiatedRenegotiation";

    private static final int MAX_FAULTS_SHOWN = 100;

    private static final int OK = 0;
    private static final int CANNOT_START = 1;
    private static final int FAULTY_CONFIGURATION = 2;

    private final Application<S> application;
    private final Map<String, String> environment;
    private final PrintStream out;
    private final PrintStream err;
    private final List<Setting> settings;

    public Launcher(Application<S> application, Map<String, String> environment, PrintStream out, PrintStream err) {
        this.application = application;
        this.environment = environment;
        this.out = out;
        this.err = err;
        this.settings = Service.settingsOf(application);
    }

    /** Runs an application. To be called as the only statement of {@code main}. Ends the process if the application cannot start. */
    public static void launch(Application<?> application, String[] args) {
        keepNamesBriefly();
        refuseRenegotiation();
        int exitCode = new Launcher<>(application, System.getenv(), System.out, System.err).run(args);
        if (exitCode != OK) {
            System.exit(exitCode);
        }
    }

    /**
     * Shortens the time for which Java keeps the address of a name, unless somebody set it: by default that is half a minute, for
     * which a Redis that moved to another address would not be found. Takes effect only before the first name is looked up.
     */
    static void keepNamesBriefly() {
        if (Security.getProperty(NAME_CACHE) == null && System.getProperty("sun.net.inetaddr.ttl") == null) {
            Security.setProperty(NAME_CACHE, NAME_CACHE_SECONDS);
        }
    }

    /**
     * Makes TLS 1.2 refuse a client that negotiates again, unless somebody said otherwise: one connection could ask for signatures without
     * end. Takes effect only before the first connection.
     */
    static void refuseRenegotiation() {
        if (System.getProperty(NO_RENEGOTIATION) == null) {
            System.setProperty(NO_RENEGOTIATION, "true");
        }
    }

    /** Returns an exit code, or 0 once the application runs. */
    public int run(String[] args) {
        CommandLine commandLine = commandLine();
        ParseResult flags;
        try {
            flags = commandLine.parseArgs(args);
        } catch (ParameterException e) {
            // Not every message of the parser: some quote what stands beside a flag, which may be a password.
            String message = e instanceof OverwrittenOptionException || e instanceof MissingParameterException
                    ? Secrets.mask(String.valueOf(e.getMessage()))
                    : "the flags cannot be read; --help lists them";
            err.println(application.name() + ": " + message);
            return FAULTY_CONFIGURATION;
        }
        if (commandLine.isUsageHelpRequested()) {
            printHelp(commandLine);
            return OK;
        }
        if (commandLine.isVersionHelpRequested()) {
            commandLine.printVersionHelp(out);
            return OK;
        }
        Service.AllSettings<S> read;
        try {
            read = configuration(flags).read(Service.reader(application));
        } catch (ConfigurationException e) {
            printFaults(e);
            return FAULTY_CONFIGURATION;
        }
        if (flags.hasMatchedOption("--check-config")) {
            out.println("configuration is valid");
            return OK;
        }
        return start(read);
    }

    private int start(Service.AllSettings<S> read) {
        // Before the first logger is created, because that sets up logging.
        System.setProperty(
                LoggingConfigurator.LEVEL_PROPERTY, read.service().logLevel().name());
        FatalErrors.watch();
        Service service;
        try {
            service = Service.start(application, read);
        } catch (IllegalStateException e) {
            err.println(e.getMessage());
            return CANNOT_START;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(service), "stop"));
        return OK;
    }

    @SuppressWarnings("SystemExitOutsideMain")
    private static void stop(Service service) {
        service.stop();
        // Without this, the JVM would end with the signal as its exit code; an orderly stop is a success.
        Runtime.getRuntime().halt(OK);
    }

    private void printFaults(ConfigurationException e) {
        int count = e.faults().size();
        err.println(application.name() + ": the configuration has " + (count == 1 ? "1 fault" : count + " faults")
                + "; nothing was started");
        e.faults().stream().limit(MAX_FAULTS_SHOWN).forEach(fault -> err.println("  " + fault));
        if (count > MAX_FAULTS_SHOWN) {
            err.println("  and " + (count - MAX_FAULTS_SHOWN) + " more");
        }
    }

    private Configuration configuration(ParseResult parsed) {
        List<ConfigurationFault> faults = new ArrayList<>();
        List<String> known = settings.stream()
                .filter(Setting::isPlain)
                .map(Setting::flagName)
                .toList();
        for (String unmatched : parsed.unmatched()) {
            String flag = Secrets.flagIn(unmatched);
            if (!flag.isEmpty()) {
                faults.add(new ConfigurationFault(flag, "is not a flag" + Suggestion.of(flag, known), null));
            } else if (faults.isEmpty()) {
                // It may be the value of a misspelt flag, and so a password: it is not shown.
                faults.add(new ConfigurationFault("flags", "must begin with --, but one argument does not", null));
            }
        }
        List<Configuration.Flag> flags = new ArrayList<>();
        List<String> assignments = parsed.matchedOptionValue("--set", List.of());
        for (String assignment : assignments) {
            String[] parts = assignment.split("=", 2);
            if (parts.length == 2 && Secrets.isName(parts[0])) {
                flags.add(new Configuration.Flag(parts[0], parts[1], "--set " + parts[0]));
            } else {
                faults.add(new ConfigurationFault("--set", "must be given as NAME=VALUE", null));
            }
        }
        for (Setting setting : settings) {
            if (setting.isPlain() && parsed.hasMatchedOption(setting.flagName())) {
                String value = parsed.matchedOptionValue(setting.flagName(), "");
                flags.add(new Configuration.Flag(setting.name(), value, setting.flagName()));
            }
        }
        String fromEnvironment = environment.getOrDefault(Configuration.FILE_VARIABLE, "");
        String file = parsed.matchedOptionValue("--config", fromEnvironment);
        String from = parsed.hasMatchedOption("--config")
                ? "from flag --config"
                : "from environment " + Configuration.FILE_VARIABLE;
        return new Configuration(file.isEmpty() ? null : path(file, from, faults), from, environment, flags, faults);
    }

    private static @Nullable Path path(String file, String from, List<ConfigurationFault> faults) {
        try {
            return Path.of(file);
        } catch (InvalidPathException e) {
            faults.add(
                    new ConfigurationFault("config", "must name a file, but " + Units.quote(file) + " cannot", from));
            return null;
        }
    }

    private CommandLine commandLine() {
        CommandSpec spec = CommandSpec.create().name(application.name()).version(application.name() + " " + version());
        spec.usageMessage().description(application.summary());
        spec.addOption(value("--config", "FILE", "the configuration, in YAML; or FRESHET_CONFIG"));
        spec.addOption(OptionSpec.builder("--set")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel("NAME=VALUE")
                .description("one setting; overrides the file and the environment; may be repeated")
                .build());
        spec.addOption(flag("--check-config", "only check the configuration: exit code 0 if it is valid, else 2"));
        spec.addOption(OptionSpec.builder("--help", "-h")
                .usageHelp(true)
                .description("print this text, which lists every setting")
                .build());
        spec.addOption(OptionSpec.builder("--version")
                .versionHelp(true)
                .description("print the version")
                .build());
        settings.stream()
                .filter(Setting::isPlain)
                .forEach(setting -> spec.addOption(OptionSpec.builder(setting.flagName())
                        .type(String.class)
                        .paramLabel("VALUE")
                        .hidden(true)
                        .build()));
        // An argument that begins with @ is no file of arguments: such a file may never end.
        return new CommandLine(spec).setUnmatchedArgumentsAllowed(true).setExpandAtFiles(false);
    }

    private static OptionSpec value(String name, String label, String description) {
        return OptionSpec.builder(name)
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    private static OptionSpec flag(String name, String description) {
        return OptionSpec.builder(name)
                .type(boolean.class)
                .description(description)
                .build();
    }

    private void printHelp(CommandLine commandLine) {
        commandLine.usage(out, CommandLine.Help.Ansi.OFF);
        out.println();
        out.println("Settings, as NAME in the file, FRESHET_NAME in the environment, --name or --set NAME=VALUE here:");
        for (Setting setting : settings) {
            String defaultText = setting.defaultText().isEmpty() ? "none" : setting.defaultText();
            out.printf(
                    Locale.ROOT,
                    "  %-34s %s (%s; default %s)%n",
                    setting.name(),
                    setting.help(),
                    setting.kind(),
                    defaultText);
        }
    }

    private String version() {
        return Objects.requireNonNullElse(
                application.getClass().getPackage().getImplementationVersion(), "(not packaged)");
    }
}

package dev.freshet.cli;

import dev.freshet.service.log.Secrets;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** Parses the command line and runs the subcommand. On failure it prints the reason as one sentence. */
@Command(
        name = "freshet",
        mixinStandardHelpOptions = true,
        versionProvider = FreshetMain.Version.class,
        description = "Keeps the local caches of many service replicas coherent through Redis.",
        subcommands = {
            DemoCommand.class,
            PublishCommand.class,
            TailCommand.class,
            MembersCommand.class,
            RegionsCommand.class,
            AclCommand.class,
            ExplainCommand.class,
            AuditCommand.class,
            TokenCommand.class,
            DoctorCommand.class,
            ManifestsCommand.class,
            HelpCommand.class
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:not done: Redis is unavailable or refused it; or doctor, manifests or audit found a fault",
            "2:wrong command line; nothing was done",
            "3:published, but not every live member applied it in time (publish --await); or nobody could be asked (audit)",
            "130:ended by Ctrl-C"
        },
        footer = "%nfreshet COMMAND --help explains a command.")
public final class FreshetMain implements Runnable {

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private CommandSpec spec;

    private FreshetMain() {}

    public static void main(String[] args) {
        Charset charset = Charset.defaultCharset();
        PrintWriter out = new PrintWriter(System.out, true, charset);
        PrintWriter err = new PrintWriter(System.err, true, charset);
        System.exit(execute(out, err, args));
    }

    /** Runs one command line and returns its exit code. */
    static int execute(PrintWriter out, PrintWriter err, String... args) {
        int exitCode = commandLine().setOut(out).setErr(err).execute(args);
        out.flush();
        err.flush();
        return exitCode;
    }

    static CommandLine commandLine() {
        // An argument that begins with @ may be a key, and is no file of arguments.
        CommandLine commandLine = new CommandLine(new FreshetMain())
                .setExpandAtFiles(false)
                .setParameterExceptionHandler(FreshetMain::refuse)
                .setExecutionExceptionHandler((failure, command, parsed) -> fail(failure, command));
        // The demo parses all options after its name.
        Objects.requireNonNull(commandLine.getSubcommands().get("demo")).setUnmatchedOptionsArePositionalParams(true);
        return commandLine;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    private static int refuse(ParameterException refusal, String[] args) {
        CommandLine command = refusal.getCommandLine();
        PrintWriter err = command.getErr();
        String name = command.getCommandSpec().qualifiedName();
        messageOf(refusal).lines().forEach(line -> err.println(name + ": " + Secrets.mask(line)));
        err.println("Try: " + name + " --help");
        return ExitCode.USAGE;
    }

    /** Leaves out arguments that are no options: what stands behind a misspelt option may be a password. */
    private static String messageOf(ParameterException refusal) {
        if (!(refusal instanceof UnmatchedArgumentException unmatched)) {
            return String.valueOf(refusal.getMessage());
        }
        List<String> options = unmatched.getUnmatched().stream()
                .filter(argument -> argument.startsWith("-"))
                .map(argument -> "'" + argument.split("=", 2)[0] + "'")
                .toList();
        return options.isEmpty()
                ? "there are more arguments than this command takes"
                : (options.size() == 1 ? "Unknown option: " : "Unknown options: ") + String.join(", ", options);
    }

    private static int fail(Exception failure, CommandLine command) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        // A defect of this tool has no message that helps its user. The exception's name helps to report it.
        String message = cause instanceof dev.freshet.bus.BusException
                ? cause.getMessage()
                : "unexpected fault, please report it: " + cause;
        command.getErr()
                .println(command.getCommandSpec().qualifiedName() + ": " + Secrets.mask(String.valueOf(message)));
        return ExitCode.FAILED;
    }

    /** Reads the version from the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = FreshetMain.class.getPackage().getImplementationVersion();
            return new String[] {"freshet " + (version == null ? "(not packaged)" : version)};
        }
    }
}

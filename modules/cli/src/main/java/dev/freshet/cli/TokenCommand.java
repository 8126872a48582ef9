package dev.freshet.cli;

import dev.freshet.bus.BusException;
import dev.freshet.service.rights.NewToken;
import dev.freshet.service.rights.Right;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a token, and the line that grants it rights. Connects to nothing. */
@Command(
        name = "token",
        description =
                "Make a token for callers of a publisher or subscriber, and its line for http.tokens-file. The line"
                        + " holds a hash; the token is shown only now.",
        sortOptions = false,
        footer = {
            "",
            "Rights at a publisher: publish (keys), with it broad (tags, prefixes, all) and force; read (positions, dry"
                    + " runs), with it members. At a subscriber: read, write.",
            "",
            "Exit codes: 0 made, 1 the file cannot be written, 2 wrong command line."
        })
final class TokenCommand implements Callable<Integer> {

    @Parameters(paramLabel = "NAME", description = "The caller's name in metrics and logs.")
    private String name = "";

    @Option(
            names = "--right",
            required = true,
            split = ",",
            paramLabel = "RIGHT",
            description = "What it may do: publish, broad, force, read, members, write; may be repeated.")
    private List<String> rights = List.of();

    @Option(
            names = "--region",
            split = ",",
            paramLabel = "REGION",
            description = "Where; REGION* is every region that begins so; may be repeated (default: all regions).")
    private List<String> regions = List.of("*");

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "Write the token to this new file, for its owner only, and print only the line.")
    private @Nullable Path tokenFile;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // picocli reads it
    private boolean help;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private CommandSpec spec;

    @Override
    public Integer call() {
        NewToken made = make();
        if (tokenFile != null) {
            write(tokenFile, made.token());
        }
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            Map<String, Object> answer = new LinkedHashMap<>();
            if (tokenFile == null) {
                answer.put("token", made.token());
            }
            answer.put("line", made.line());
            out.println(Json.line(answer));
        } else if (tokenFile != null) {
            out.println(made.line());
        } else {
            out.println("token, for the caller: " + made.token());
            out.println("line, for http.tokens-file: " + made.line());
        }
        return ExitCode.OK;
    }

    private NewToken make() {
        Set<Right> asked = EnumSet.noneOf(Right.class);
        for (String right : rights) {
            asked.add(Right.of(right)
                    .orElseThrow(() -> new ParameterException(
                            spec.commandLine(),
                            "--right must be one of "
                                    + Arrays.stream(Right.values())
                                            .map(Right::text)
                                            .collect(Collectors.joining(", ")))));
        }
        try {
            return NewToken.make(name, asked, regions);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "the line " + e.getMessage());
        }
    }

    /** Creates the file with its rights in one step, so that nobody else can read it in between. */
    private static void write(Path file, String token) {
        boolean isPosix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] ownerOnly = isPosix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        try (SeekableByteChannel out = Files.newByteChannel(
                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
            ByteBuffer bytes = ByteBuffer.wrap((token + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
        } catch (FileAlreadyExistsException e) {
            throw new BusException("the file " + file + " exists already; name a new one");
        } catch (IOException e) {
            throw new BusException("the file " + file + " cannot be written: " + e, e);
        }
    }
}

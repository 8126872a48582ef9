package dev.freshet.cli;

import dev.freshet.cli.doctor.Finding;
import dev.freshet.cli.manifests.ManifestChecks;
import dev.freshet.cli.manifests.ManifestSet;
import dev.freshet.cli.manifests.UnreadableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checks rendered Kubernetes manifests. Connects to nothing. */
@Command(
        name = "manifests",
        description =
                "Check Kubernetes manifests, as kubectl kustomize or helm template prints them, before they are applied:"
                        + " every workload that asks for the sidecar has it, and what Freshet's containers refer to is there.",
        sortOptions = false,
        footer = {
            "",
            "Example: kubectl kustomize . | ./freshet manifests --sidecars 2",
            "",
            "Exit codes: 0 no fault, 1 some fault (each is a sentence, with what to do), 2 wrong command line."
        })
final class ManifestsCommand implements Callable<Integer> {

    private static final int MAX_BYTES = 64 << 20;
    private static final String STDIN = "-";

    @Parameters(
            arity = "0..*",
            paramLabel = "FILE",
            description = "Files of manifests; - is standard input (default: -).")
    private List<String> files = List.of(STDIN);

    @Option(
            names = "--sidecars",
            paramLabel = "N",
            description = "So many Deployments, StatefulSets and other workloads must have the sidecar.")
    private @Nullable Integer sidecars;

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
        if (sidecars != null && sidecars < 0) {
            throw wrong("--sidecars must be 0 or more, not " + sidecars);
        }
        List<Finding> findings = findings();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("faults", Findings.faults(findings));
            answer.put("findings", findings.stream().map(Findings::asMap).toList());
            out.println(Json.line(answer));
        } else {
            Findings.print(out, findings);
            out.println(Findings.count(findings));
        }
        return Findings.faults(findings) == 0 ? ExitCode.OK : ExitCode.FAILED;
    }

    private List<Finding> findings() {
        ManifestSet all = ManifestSet.EMPTY;
        for (String file : files) {
            try {
                all = all.and(ManifestSet.parse(file.equals(STDIN) ? "standard input" : file, text(file)));
            } catch (UnreadableException e) {
                return List.of(
                        Finding.fault("objects", String.valueOf(e.getMessage()), "print the manifests anew, and look"));
            }
        }
        return ManifestChecks.judge(all, sidecars);
    }

    private String text(String file) {
        try (InputStream in = file.equals(STDIN) ? System.in : Files.newInputStream(Path.of(file))) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw wrong("FILE must have at most " + MAX_BYTES + " bytes; " + file + " has more");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (NoSuchFileException e) {
            throw wrong("FILE must name a file, but " + file + " does not exist");
        } catch (CharacterCodingException e) {
            throw wrong("FILE must be UTF-8, but " + file + " is not");
        } catch (IOException | IllegalArgumentException e) {
            throw wrong("FILE must name a file that can be read, but " + file + " cannot: " + e.getMessage());
        }
    }

    private ParameterException wrong(String fault) {
        return new ParameterException(spec.commandLine(), fault);
    }
}

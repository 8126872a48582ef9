package dev.freshet.benchmarks.contender;

import dev.freshet.bus.Publisher;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Loads Freshet's append script, to run it without the rest of Freshet. */
public final class AppendScript {

    private static final List<String> PARTS = List.of("refusals.lua", "tier.lua", "append.lua", "append-one.lua");

    private AppendScript() {}

    /** Returns its text. */
    public static String text() {
        StringBuilder text = new StringBuilder();
        for (String part : PARTS) {
            try (InputStream in = Publisher.class.getResourceAsStream("/dev/freshet/bus/internal/lua/" + part)) {
                if (in == null) {
                    throw new IllegalStateException("The append script's part " + part
                            + " is missing: adapt PARTS to the bus module's resources");
                }
                text.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return text.toString();
    }

    /** Returns the arguments that precede the records, with Freshet's defaults. */
    public static List<byte[]> settings(String infoServer, byte[] channel) {
        String runId = infoServer
                .lines()
                .filter(line -> line.startsWith("run_id:"))
                .map(line -> line.substring("run_id:".length()).strip())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("INFO server of Redis has no run_id"));
        return List.of(
                runId.getBytes(StandardCharsets.US_ASCII),
                "0123456789abcdef".getBytes(StandardCharsets.US_ASCII),
                "100000".getBytes(StandardCharsets.US_ASCII),
                Long.toString(4 << 20).getBytes(StandardCharsets.US_ASCII),
                "PUBLISH".getBytes(StandardCharsets.US_ASCII),
                channel,
                "1".getBytes(StandardCharsets.US_ASCII));
    }
}

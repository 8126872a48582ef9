package dev.freshet.e2e.tool;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Makes a process's wall clock wrong by a fixed time, with Debian's {@code faketime}. Its monotonic clock stays right. */
public final class WallClock {
    private WallClock() {}

    /**
     * Returns the variables for a process whose wall clock is wrong; none for zero. Skips the test if {@code faketime} is
     * missing.
     *
     * <p>Only the variables that {@code faketime} sets are used. The program itself would run between the test and the process, and
     * would not pass signals on.
     */
    public static Map<String, String> offBy(Duration off) {
        if (off.isZero()) {
            return Map.of();
        }
        HostTool faketime = HostTool.require("faketime");
        Map<String, String> environment = new HashMap<>();
        faketime.run(Path.of("").toAbsolutePath(), "-f", "%+ds".formatted(off.toSeconds()), "env")
                .expectSuccess()
                .lines()
                .filter(line -> line.startsWith("FAKETIME=") || line.startsWith("LD_PRELOAD="))
                .forEach(line ->
                        environment.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1)));
        environment.put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        // Without this, faketime would also correct waits for the monotonic clock, which is not faked, at great cost.
        environment.put("FAKETIME_FORCE_MONOTONIC_FIX", "0");
        return environment;
    }
}

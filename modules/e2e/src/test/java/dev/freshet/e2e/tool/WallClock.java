package dev.freshet.e2e.tool;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** A process's wall clock that is wrong by a fixed time, by Debian's {@code faketime}; its monotonic clock stays right. */
public final class WallClock {
    private WallClock() {}

    /**
     * The environment of a process whose wall clock is off; none of it for zero. Skips the test where {@code faketime} is
     * missing.
     *
     * <p>Only the environment that {@code faketime} sets is taken from it: the program itself stays between a test and the
     * process, and does not hand signals on.
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
        // Waits until a moment of the monotonic clock would be corrected for a fake that is not there, at great cost.
        environment.put("FAKETIME_FORCE_MONOTONIC_FIX", "0");
        return environment;
    }
}

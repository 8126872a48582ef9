package dev.freshet.benchmarks.process;

import java.util.List;

/** With what the container starts Java; the one file that the image, and whoever measures, take it from. */
public final class LaunchFlags {

    private LaunchFlags() {}

    /** The subscriber's. */
    public static List<String> subscriber() {
        return List.of("@" + Checkout.root().resolve("subscriber/image/jvm.options"));
    }
}

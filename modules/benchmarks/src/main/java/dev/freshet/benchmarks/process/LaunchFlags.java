package dev.freshet.benchmarks.process;

import dev.freshet.testkit.Checkout;
import java.util.List;

/** The flags that the container starts Java with. The image and the benchmarks read them from the same file. */
public final class LaunchFlags {

    private LaunchFlags() {}

    /** Returns the flags of the publisher. */
    public static List<String> publisher() {
        return of("publisher");
    }

    /** Returns the flags of the subscriber. */
    public static List<String> subscriber() {
        return of("subscriber");
    }

    private static List<String> of(String application) {
        return List.of("@" + Checkout.file(application + "/image/jvm.options"));
    }
}

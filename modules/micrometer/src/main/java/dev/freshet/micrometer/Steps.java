package dev.freshet.micrometer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes several steps of which any may fail. */
final class Steps {

    private Steps() {}

    /** Takes every step, also if one before it throws; then throws what was thrown first. */
    static void takeAll(List<Runnable> steps) {
        Throwable first = null;
        for (Runnable step : steps) {
            try {
                step.run();
            } catch (Throwable fault) {
                first = first == null ? fault : first;
            }
        }
        rethrow(first);
    }

    private static void rethrow(@Nullable Throwable fault) {
        if (fault instanceof Error error) {
            throw error;
        }
        if (fault instanceof RuntimeException exception) {
            throw exception;
        }
        if (fault != null) {
            throw new IllegalStateException(fault); // thrown without being declared
        }
    }
}

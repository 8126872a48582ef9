package dev.freshet.service.rights;

import dev.freshet.service.Problem;
import org.jspecify.annotations.Nullable;

/** Who sent a request. Immutable. */
public interface Caller {

    /** A port without rights: everybody may do everything. */
    Caller ANYBODY = (right, region) -> true;

    /** Returns whether the caller has a right in a region. */
    boolean may(Right right, String region);

    /** Returns the refusal of what needs this right, or null if the caller has it. Called where the refusal is sent. */
    default @Nullable Problem refusal(Right right, String region) {
        return may(right, region)
                ? null
                : Problem.of(
                                403,
                                "forbidden",
                                "The caller lacks the right \"" + right.text() + "\" in the region \"" + region
                                        + "\". Add it to the caller's line in the file that http.tokens-file names.")
                        .with("right", right.text())
                        .with("region", region);
    }
}

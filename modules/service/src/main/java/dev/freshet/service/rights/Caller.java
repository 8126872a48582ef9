package dev.freshet.service.rights;

import dev.freshet.service.http.Problem;
import org.jspecify.annotations.Nullable;

/** Who sent a request. Immutable. */
public interface Caller {

    /** A port without rights: everybody may do everything. */
    Caller ANYBODY = (right, region) -> true;

    /** Returns whether the caller has a right in a region. */
    boolean may(Right right, String region);

    /** Returns the refusal of what needs this right, or null if the caller has it. Called where the refusal is sent. */
    default @Nullable Problem refusal(Right right, String region) {
        return may(right, region) ? null : forbidden(right, region, "Show a token that has it.");
    }

    /**
     * Returns the refusal of what needs a right.
     *
     * @param mend how to get it, in a sentence
     */
    static Problem forbidden(Right right, String region, String mend) {
        return Problem.of(
                        403,
                        "forbidden",
                        "The caller lacks the right \"" + right.text() + "\" in the region \"" + region + "\". " + mend)
                .with("right", right.text())
                .with("region", region);
    }
}

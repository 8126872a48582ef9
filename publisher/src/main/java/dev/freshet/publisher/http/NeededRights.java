package dev.freshet.publisher.http;

import dev.freshet.publisher.change.ParsedChange;
import dev.freshet.schema.SelectorParts;
import dev.freshet.service.http.Problem;
import dev.freshet.service.rights.Caller;
import dev.freshet.service.rights.Right;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which rights a change needs, and whether its caller has them.
 *
 * @param caller who sent the request
 * @param query what is to be done with its changes
 */
record NeededRights(Caller caller, InvalidationsQuery query) {

    /** Returns the refusal of a change, or null if its caller has every right that it needs. */
    @Nullable
    Problem refusal(ParsedChange.Valid change) {
        return needed(change).stream()
                .map(right -> caller.refusal(right, change.region()))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /**
     * Returns the change.
     *
     * @throws ProblemException 403 if its caller lacks a right
     */
    ParsedChange.Valid require(ParsedChange.Valid change) {
        Problem refusal = refusal(change);
        if (refusal != null) {
            throw new ProblemException(refusal);
        }
        return change;
    }

    private List<Right> needed(ParsedChange.Valid change) {
        if (query.dryRun()) {
            return List.of(Right.READ);
        }
        List<Right> needed = new ArrayList<>(List.of(Right.PUBLISH));
        if (SelectorParts.isAnyBroad(change.change().selectors())) {
            needed.add(Right.BROAD);
        }
        if (query.force()) {
            needed.add(Right.FORCE);
        }
        return needed;
    }
}

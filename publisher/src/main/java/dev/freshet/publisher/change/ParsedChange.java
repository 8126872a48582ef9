package dev.freshet.publisher.change;

import dev.freshet.bus.Change;
import dev.freshet.service.http.Problem.FieldFault;
import java.util.List;

/** What {@link ChangeParser} read from one JSON object. */
public sealed interface ParsedChange {

    /**
     * A change that can be published.
     *
     * @param names how many keys, tags and prefixes it names; "all" counts as one
     */
    record Valid(String region, Change change, int names) implements ParsedChange {}

    /**
     * An object that is no change.
     *
     * @param faults what is wrong with it; at least one
     */
    record Invalid(List<FieldFault> faults) implements ParsedChange {}
}

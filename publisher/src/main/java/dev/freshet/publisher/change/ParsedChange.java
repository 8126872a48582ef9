package dev.freshet.publisher.change;

import dev.freshet.bus.Change;
import dev.freshet.schema.TraceContext;
import dev.freshet.service.http.Problem.FieldFault;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@link ChangeParser} read from one JSON object. */
public sealed interface ParsedChange {

    /**
     * A change that can be published.
     *
     * @param names how many keys, tags and prefixes it names; "all" counts as one
     */
    record Valid(String region, Change change, int names) implements ParsedChange {

        /** Returns the same in this trace, unless it names one itself. */
        public Valid in(@Nullable TraceContext trace) {
            return trace == null || change.trace() != null ? this : new Valid(region, change.withTrace(trace), names);
        }
    }

    /**
     * An object that is no change.
     *
     * @param faults what is wrong with it; at least one
     */
    record Invalid(List<FieldFault> faults) implements ParsedChange {}
}

package dev.freshet.subscriber.http;

import dev.freshet.service.Problem;
import java.util.ArrayList;
import java.util.List;

/** Collects the faults of one request, so that the answer names all of them. Not thread-safe. */
final class Faults {

    private final List<Problem.FieldFault> faults = new ArrayList<>(0);

    /**
     * Adds a fault.
     *
     * @param field the header or the part of the path
     * @param fault a clause that follows the field's name
     */
    void add(String field, String fault) {
        faults.add(new Problem.FieldFault(field, fault));
    }

    boolean isEmpty() {
        return faults.isEmpty();
    }

    List<Problem.FieldFault> asList() {
        return List.copyOf(faults);
    }

    Problem toProblem() {
        return Problem.invalid(faults);
    }
}

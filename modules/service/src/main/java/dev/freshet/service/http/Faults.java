package dev.freshet.service.http;

import dev.freshet.service.http.Problem.FieldFault;
import java.util.ArrayList;
import java.util.List;

/** Collects the faults of one request, so that the answer names all of them. Not thread-safe. */
public final class Faults {

    private final List<FieldFault> faults = new ArrayList<>(0);

    /**
     * Adds a fault.
     *
     * @param field the field, header, parameter or part of the path
     * @param fault a clause that follows the field's name
     */
    public void add(String field, String fault) {
        faults.add(new FieldFault(field, fault));
    }

    /** Returns whether no fault was added. */
    public boolean isEmpty() {
        return faults.isEmpty();
    }

    /** Returns how many faults were added. */
    public int size() {
        return faults.size();
    }

    /** Returns the faults in the order in which they were added. */
    public List<FieldFault> asList() {
        return List.copyOf(faults);
    }

    /** Returns a 400 that names every fault. */
    public Problem toProblem() {
        return Problem.invalid(faults);
    }
}

package dev.freshet.spring.boot;

import java.util.List;

/** Properties that do not fit. Each fault is one sentence that begins with the property's name. */
final class InvalidFreshetPropertiesException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final List<String> faults;

    InvalidFreshetPropertiesException(List<String> faults) {
        super(String.join("; ", faults));
        this.faults = List.copyOf(faults);
    }

    List<String> faults() {
        return faults;
    }
}

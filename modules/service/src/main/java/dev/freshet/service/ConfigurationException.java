package dev.freshet.service;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration cannot be used; holds every fault, not only the first. */
public final class ConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient List<ConfigurationFault> faults;

    public ConfigurationException(List<ConfigurationFault> faults) {
        super(faults.stream().map(ConfigurationFault::toString).collect(Collectors.joining("\n")));
        this.faults = List.copyOf(faults);
    }

    /** All that is wrong, in the order in which the settings are read; at least one. */
    public List<ConfigurationFault> faults() {
        return faults;
    }
}

package dev.freshet.service.config;

import java.util.List;
import java.util.stream.Collectors;

/** Thrown if the configuration has faults. Holds all of them. */
public final class ConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient List<ConfigurationFault> faults;

    public ConfigurationException(List<ConfigurationFault> faults) {
        super(faults.stream().map(ConfigurationFault::toString).collect(Collectors.joining("\n")));
        this.faults = List.copyOf(faults);
    }

    /** Returns all faults, at least one, in the order in which the settings are read. */
    public List<ConfigurationFault> faults() {
        return faults;
    }
}

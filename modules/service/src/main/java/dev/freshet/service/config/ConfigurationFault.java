package dev.freshet.service.config;

import dev.freshet.service.log.Secrets;
import org.jspecify.annotations.Nullable;

/**
 * One fault of the configuration. Each part is one line, shows no credentials of an address, and ends where it gets too long.
 *
 * @param name the setting, as in {@code http.port}
 * @param fault a clause that follows the name: "must be 0 to 65535, not 99999"
 * @param source where the value came from, as in {@code from freshet.yaml, line 3}; null if there is no value
 */
public record ConfigurationFault(
        String name, String fault, @Nullable String source) {

    public ConfigurationFault {
        name = Secrets.shown(name);
        fault = Secrets.shown(fault);
        source = source == null ? null : Secrets.shown(source);
    }

    @Override
    public String toString() {
        return name + ": " + fault + (source == null ? "" : " (" + source + ")");
    }
}

package dev.freshet.cli;

import dev.freshet.service.config.Configuration;
import dev.freshet.service.config.ConfigurationException;
import dev.freshet.service.config.ConfigurationFault;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.configuration.SourceSettings;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.ParameterException;

/** Reads the sources of a publisher's configuration, as the publisher does. Ignores the rest of the file. */
final class ConfiguredSources {

    private ConfiguredSources() {}

    /**
     * Reads the sources of every kind, also of kinds that this program cannot run.
     *
     * @param wrong makes the exception that refuses the command line
     * @throws ParameterException naming every fault, if the file cannot be read or its sources are wrong
     */
    static List<SourceConfig> read(Path file, Function<String, ParameterException> wrong) {
        try {
            return new Configuration(file, "from --config", System.getenv(), List.of(), List.of())
                    .readOnly(
                            "sources",
                            settings -> SourceSettings.read(settings, EnumSet.allOf(SourceConfig.Kind.class)));
        } catch (ConfigurationException e) {
            throw wrong.apply(
                    e.faults().stream().map(ConfigurationFault::toString).collect(Collectors.joining("\n")));
        }
    }
}

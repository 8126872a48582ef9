package dev.freshet.cli;

import dev.freshet.service.Configuration;
import dev.freshet.service.ConfigurationException;
import dev.freshet.service.ConfigurationFault;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.configuration.SourceSettings;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The sources of a publisher's configuration, read as the publisher reads them; the rest of the file is left alone. */
final class ConfiguredSources {

    private ConfiguredSources() {}

    /**
     * Reads them, of every kind that there is.
     *
     * @throws ParameterException with every fault, if the file cannot be read or its sources are wrong
     */
    static List<SourceConfig> read(Path file, CommandLine commandLine) {
        try {
            return new Configuration(file, "from --config", System.getenv(), List.of(), List.of())
                    .readOnly(
                            "sources",
                            settings -> SourceSettings.read(settings, EnumSet.allOf(SourceConfig.Kind.class)));
        } catch (ConfigurationException e) {
            throw new ParameterException(
                    commandLine,
                    e.faults().stream().map(ConfigurationFault::toString).collect(Collectors.joining("\n")));
        }
    }
}

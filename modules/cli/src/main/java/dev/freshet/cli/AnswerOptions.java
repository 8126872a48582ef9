package dev.freshet.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** The options of commands that ask live members and print one answer. */
final class AnswerOptions {

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "2s",
            converter = Times.DurationConverter.class,
            description = "How long to wait for live members (default: 2s).")
    private Duration timeout = Duration.ofSeconds(2);

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    Duration timeout() {
        return timeout;
    }

    boolean isJson() {
        return json;
    }
}

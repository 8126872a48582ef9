package dev.freshet.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A subcommand that connects to Redis. */
abstract class RedisCommand implements Callable<Integer> {

    @Mixin
    final RedisOptions redis = new RedisOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private CommandSpec spec;

    /** Returns whether the command line itself gives an option, not only its default. */
    final boolean isGiven(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Returns the exception that refuses the command line. */
    final ParameterException wrong(String fault) {
        return new ParameterException(spec.commandLine(), fault);
    }

    /**
     * Does nothing if there is no fault.
     *
     * @throws ParameterException that names all of them
     */
    final void requireNone(List<String> faults) {
        if (!faults.isEmpty()) {
            throw wrong(String.join("\n", faults));
        }
    }
}

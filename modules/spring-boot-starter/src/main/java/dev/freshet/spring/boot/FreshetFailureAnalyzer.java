package dev.freshet.spring.boot;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says each property that does not fit in a sentence, instead of a stack trace. Boot finds it by its name in {@code spring.factories}. */
final class FreshetFailureAnalyzer extends AbstractFailureAnalyzer<InvalidFreshetPropertiesException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidFreshetPropertiesException cause) {
        return new FailureAnalysis(
                String.join(System.lineSeparator(), cause.faults()), "Change what is named above.", cause);
    }
}

package dev.freshet.spring.boot;

import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.util.unit.DataSize;

/**
 * Says in a sentence which property below {@code freshet} has a value of the wrong type, or does not exist. It comes before the analyzers of
 * Boot, which show the value of a name that does not exist: that may be a mistyped name of a password.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class FreshetBindFailureAnalyzer extends AbstractFailureAnalyzer<BindException> {

    private static final ConfigurationPropertyName OURS = ConfigurationPropertyName.of("freshet");

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
        if (!OURS.equals(cause.getName()) && !OURS.isAncestorOf(cause.getName())) {
            return null;
        }
        String description = cause.getCause() instanceof UnboundConfigurationPropertiesException unknown
                ? unknown(unknown)
                : wrong(cause);
        return new FailureAnalysis(description, "Change what is named above.", cause);
    }

    private static String unknown(UnboundConfigurationPropertiesException fault) {
        return fault.getUnboundProperties().stream()
                .map(property ->
                        property.getName() + ": there is no such property: correct or remove it" + from(property))
                .sorted()
                .collect(Collectors.joining(System.lineSeparator()));
    }

    private static String wrong(BindException fault) {
        ConfigurationProperty property = fault.getProperty();
        Class<?> type = fault.getTarget().getType().resolve(Object.class);
        if (property == null) {
            return fault.getName() + ": cannot be read: " + rootOf(fault);
        }
        return property.getName() + ": must be " + expected(type) + ", but is \"" + property.getValue() + "\""
                + from(property);
    }

    private static String expected(Class<?> type) {
        if (type == Duration.class) {
            return "a time such as 500ms, 10s or 5m";
        }
        if (type == DataSize.class) {
            return "a size such as 64MB";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (Number.class.isAssignableFrom(type) || type.isPrimitive()) {
            return "a whole number";
        }
        Object[] constants = type.getEnumConstants();
        return constants == null
                ? "a value of type " + type.getSimpleName()
                : Arrays.stream(constants)
                        .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(" or "));
    }

    private static String from(ConfigurationProperty property) {
        return property.getOrigin() == null ? "" : " (" + property.getOrigin() + ")";
    }

    private static Throwable rootOf(Throwable fault) {
        Throwable root = fault;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}

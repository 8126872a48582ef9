package dev.freshet.service.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.spi.FilterReply;
import dev.freshet.service.Launcher;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Sets up logging: one line an event, on standard output. It is Java, not XML, because parsing the XML takes a tenth of a second
 * of every start.
 *
 * <p>Logback finds this class through its service file. A file that is named with {@code -Dlogback.configurationFile} replaces
 * it.
 */
public final class LoggingConfigurator extends ContextAwareBase implements Configurator {

    /** The system property with the log level; {@link Launcher} sets it from the settings. */
    public static final String LEVEL_PROPERTY = "freshet.log.level";

    /** What moves a terminal's cursor, recolours it, or turns the direction of what follows. */
    private static final String CONTROLS =
            "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069]";

    private static final Pattern CONTROL_OR_BREAK = Pattern.compile(CONTROLS + "|[\\r\\n\\t]");

    // A message is one line, its line breaks replaced. Only stack traces take more lines. What is logged may come from
    // a
    // client: it must neither begin a line of its own nor control the terminal that shows it.
    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX, UTC} %-5level [%thread] %logger{0}:"
            + " %replace(%replace(%msg){'[\\r\\n]+', ' | '}){'" + CONTROLS + "', '?'}%"
            + TraceOfLine.WORD + "%n"
            + "%replace(%ex){'" + CONTROLS + "', '?'}";

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        if (System.getProperty("logback.configurationFile") != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        PatternLayout layout = layout(context);
        context.addTurboFilter(new OutOfMemoryFilter());
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setLayout(layout);
        encoder.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setName("console");
        console.setEncoder(encoder);
        console.start();

        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        root.addAppender(console);
        // Debezium's engine and Kafka's classes below it, where they are in the jar, log a hundred lines at each start.
        context.getLogger("io.debezium").setLevel(Level.ERROR);
        context.getLogger("org.apache.kafka").setLevel(Level.ERROR);
        context.getLogger("dev.freshet").setLevel(Level.toLevel(System.getProperty(LEVEL_PROPERTY), Level.INFO));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    static PatternLayout layout(LoggerContext context) {
        PatternLayout layout = new PatternLayout();
        layout.setContext(context);
        layout.getInstanceConverterMap().put(TraceOfLine.WORD, TraceOfLine::new);
        layout.setPattern(PATTERN);
        layout.start();
        return layout;
    }

    /** Libraries catch everything that their threads throw, and log it. */
    private static final class OutOfMemoryFilter extends TurboFilter {

        @Override
        public FilterReply decide(
                @Nullable Marker marker,
                Logger logger,
                Level level,
                @Nullable String format,
                Object @Nullable [] params,
                @Nullable Throwable t) {
            if (t != null) {
                FatalErrors.check(t);
            }
            return FilterReply.NEUTRAL;
        }
    }

    /** Returns a text with line breaks, tabs and what controls a terminal replaced. */
    static String withoutControls(String text) {
        return CONTROL_OR_BREAK.matcher(text).replaceAll("?");
    }
}

package dev.freshet.service.hostile;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Collects what is logged, and apart what is an error or has a stack trace: nothing that a client sends may lead to either. */
public final class LogWatch implements AutoCloseable {

    private final List<String> alarms = new CopyOnWriteArrayList<>();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);

    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getLoggerName() + ": " + event.getFormattedMessage());
            if (event.getLevel().isGreaterOrEqual(Level.ERROR) || event.getThrowableProxy() != null) {
                String thrown = event.getThrowableProxy() == null
                        ? ""
                        : " " + event.getThrowableProxy().getClassName() + ": "
                                + event.getThrowableProxy().getMessage();
                alarms.add(event.getLoggerName() + ": " + event.getFormattedMessage() + thrown);
            }
        }
    };

    private LogWatch() {
        appender.setContext(root.getLoggerContext());
        appender.start();
        root.addAppender(appender);
    }

    /** Begins to collect. */
    public static LogWatch start() {
        return new LogWatch();
    }

    /** Returns every line that was logged so far, without stack traces. */
    public List<String> lines() {
        return List.copyOf(lines);
    }

    /** Returns the errors and stack traces that were logged so far. */
    public List<String> alarms() {
        return List.copyOf(alarms);
    }

    @Override
    public void close() {
        root.detachAppender(appender);
    }
}

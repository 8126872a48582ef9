package dev.freshet.sources.outbox;

import dev.freshet.sources.Source;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceContext;
import dev.freshet.sources.SourceFactory;

/** Creates sources that read an outbox. */
public final class OutboxFactory implements SourceFactory {

    @Override
    public SourceConfig.Kind kind() {
        return SourceConfig.Kind.OUTBOX;
    }

    @Override
    public Source create(SourceConfig config, SourceContext context) {
        OutboxConfig outbox = new OutboxConfig(
                config.name(), config.database(), config.table(), config.pollInterval(), config.batch());
        return new OutboxSource(outbox, context.publisher(), context.reader(), context.listener(), context.clock());
    }
}

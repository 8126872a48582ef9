package dev.freshet.sources.debezium;

import dev.freshet.sources.Source;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceContext;
import dev.freshet.sources.SourceFactory;

/** Creates sources that read the write-ahead log of PostgreSQL. */
public final class PostgresFactory implements SourceFactory {

    @Override
    public SourceConfig.Kind kind() {
        return SourceConfig.Kind.POSTGRESQL;
    }

    @Override
    public Source create(SourceConfig config, SourceContext context) {
        return new PostgresSource(config, context);
    }
}

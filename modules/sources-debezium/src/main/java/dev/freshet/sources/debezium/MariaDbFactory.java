package dev.freshet.sources.debezium;

import dev.freshet.sources.Source;
import dev.freshet.sources.SourceConfig;
import dev.freshet.sources.SourceContext;
import dev.freshet.sources.SourceFactory;

/** Creates sources that read the binlog of MariaDB. */
public final class MariaDbFactory implements SourceFactory {

    @Override
    public SourceConfig.Kind kind() {
        return SourceConfig.Kind.MARIADB;
    }

    @Override
    public Source create(SourceConfig config, SourceContext context) {
        return new MariaDbSource(config, context);
    }
}

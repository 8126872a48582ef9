package dev.freshet.sources;

/** Creates sources of one kind. {@link java.util.ServiceLoader} finds the factories of other modules. */
public interface SourceFactory {

    /** Returns the kind of source that this factory creates. */
    SourceConfig.Kind kind();

    /** Creates a source. Neither connects nor starts anything. */
    Source create(SourceConfig config, SourceContext context);
}

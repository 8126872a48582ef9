package dev.freshet.sources;

/** Makes sources of one kind. Those that come in a module of their own are found by {@link java.util.ServiceLoader}. */
public interface SourceFactory {

    /** The kind of its sources. */
    SourceConfig.Kind kind();

    /** Makes a source. Has no effects yet. */
    Source create(SourceConfig config, SourceContext context);
}

/** Spans of changes, for OpenTelemetry. */
module dev.freshet.tracing {
    requires transitive dev.freshet;
    requires transitive io.opentelemetry.api;
    requires io.opentelemetry.context;
    requires org.slf4j;
    requires static transitive org.jspecify;

    exports dev.freshet.tracing;
}

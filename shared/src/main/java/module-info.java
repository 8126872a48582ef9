/** The message schema: what an invalidation is, how a record is written, how Redis names are made. */
module dev.freshet.schema {
    requires com.google.protobuf;
    requires static transitive org.jspecify;

    exports dev.freshet.schema;
}

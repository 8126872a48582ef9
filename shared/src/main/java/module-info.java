/** The message schema: what an invalidation is, how a record is written, how Redis names are made. */
module dev.freshet.schema {
    requires static com.google.protobuf; // what is published has the needed classes within
    requires java.logging; // for these
    requires jdk.unsupported; // for these
    requires static transitive org.jspecify;

    exports dev.freshet.schema;
}

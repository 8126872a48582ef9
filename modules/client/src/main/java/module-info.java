/** The door for Java applications: one call to connect, one object a region. */
module dev.freshet {
    requires transitive dev.freshet.bus;
    requires transitive dev.freshet.cache;
    requires transitive dev.freshet.schema;
    requires static transitive org.jspecify;
    requires org.slf4j;

    exports dev.freshet;
}

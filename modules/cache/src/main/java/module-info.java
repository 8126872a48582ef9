/** The coherent local cache: leases, tags, broad invalidations. */
module dev.freshet.cache {
    requires transitive dev.freshet.bus;
    requires static transitive org.jspecify;
    requires com.github.benmanes.caffeine;
    requires org.slf4j;

    exports dev.freshet.cache;
}

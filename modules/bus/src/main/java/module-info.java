/** The protocol: publish, subscribe, replay, confirm; a tier of values in Redis; what sources and operators' tools need. */
module dev.freshet.bus {
    requires transitive dev.freshet.schema;
    requires static transitive org.jspecify;
    requires org.slf4j;
    requires redis.clients.jedis;

    exports dev.freshet.bus;
    exports dev.freshet.bus.admin;
    exports dev.freshet.bus.direct;
    exports dev.freshet.bus.secret;
    exports dev.freshet.bus.source;
    exports dev.freshet.bus.tier;
}

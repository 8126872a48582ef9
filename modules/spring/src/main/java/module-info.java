/** Spring's cache annotations over Freshet's regions. */
module dev.freshet.spring {
    requires transitive dev.freshet;
    requires transitive spring.aop;
    requires transitive spring.beans;
    requires transitive spring.context;
    requires transitive spring.core;
    requires spring.expression;
    requires static spring.tx;
    requires static reactor.core;
    requires static org.reactivestreams;
    requires org.slf4j;
    requires static transitive org.jspecify;

    exports dev.freshet.spring;

    opens dev.freshet.spring to
            spring.beans,
            spring.context,
            spring.core;
}

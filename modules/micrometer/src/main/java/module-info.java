/** Freshet's metrics for Micrometer: the same names and labels in every process. */
module dev.freshet.micrometer {
    requires transitive dev.freshet;
    requires transitive micrometer.core;
    requires static transitive org.jspecify;

    exports dev.freshet.micrometer;
}

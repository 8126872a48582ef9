package dev.freshet.sources.debezium;

import java.util.List;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Holds a batch back until a reader that begins now sees its changes. An eviction that is published before would let a loader
 * read the old row and store it under a valid lease.
 */
@FunctionalInterface
interface Visibility {

    /**
     * Returns once every change of a batch is visible. Called in the engine's thread.
     *
     * @throws InterruptedException if the run ends before
     */
    void await(List<SourceRecord> batch) throws Exception;
}

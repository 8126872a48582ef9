package dev.freshet.audit;

import org.jspecify.annotations.Nullable;

/**
 * Tells what the value of a key is now, at its source. Called by one thread of the auditor at a time; may block for some seconds.
 * Whatever it throws counts as a failure, and is no finding.
 */
public interface Truth extends AutoCloseable {

    /**
     * What the source says of a key.
     *
     * @param covered whether the source knows about keys like this one at all; if not, nothing is compared
     * @param bytes the value, byte for byte as the application caches it; null: the source has none
     */
    record Answer(boolean covered, byte @Nullable [] bytes) {

        /** The source knows nothing about keys like this one. */
        public static final Answer NOT_COVERED = new Answer(false, null);

        /** The source has no value. */
        public static final Answer ABSENT = new Answer(true, null);

        /** Returns the answer that the source has this value. */
        public static Answer of(byte[] bytes) {
            return new Answer(true, bytes);
        }
    }

    /** Reads the value of a key. */
    Answer read(String key) throws Exception;

    @Override
    default void close() {}
}

package dev.freshet.demo.load;

/**
 * What became of a read.
 *
 * @param version the version that was read; 0 if there was no answer
 * @param isStale whether it misses a write; see {@link Truth}
 */
public record Answer(long version, boolean isStale) {

    static final Answer NONE = new Answer(0, false);

    /** Returns whether there was an answer. */
    public boolean isThere() {
        return version > 0;
    }
}

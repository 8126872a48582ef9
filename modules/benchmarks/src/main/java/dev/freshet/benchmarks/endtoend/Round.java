package dev.freshet.benchmarks.endtoend;

/**
 * The task of one contender in one round.
 *
 * @param firstKey the number of the first key; no other round has the same keys
 * @param staleWindowKeys keys at the fixed rate
 * @param perSecond the fixed rate
 * @param streamedKeys keys per stream, as fast as possible
 * @param streams number of streams; only the last one counts
 */
record Round(int firstKey, int staleWindowKeys, int perSecond, int streamedKeys, int streams) {

    /** Returns the task as one line for another process. */
    String toLine() {
        return firstKey + " " + staleWindowKeys + " " + perSecond + " " + streamedKeys + " " + streams;
    }

    static Round ofLine(String line) {
        String[] fields = line.split(" ", -1);
        return new Round(
                Integer.parseInt(fields[0]),
                Integer.parseInt(fields[1]),
                Integer.parseInt(fields[2]),
                Integer.parseInt(fields[3]),
                Integer.parseInt(fields[4]));
    }

    int keys() {
        return staleWindowKeys + streams * streamedKeys;
    }
}

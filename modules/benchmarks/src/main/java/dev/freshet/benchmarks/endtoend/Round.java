package dev.freshet.benchmarks.endtoend;

/**
 * What one contender is to do in one round.
 *
 * @param firstKey the number of the first key; no other round has the same keys
 * @param staleWindowKeys how many at the fixed rate
 * @param perSecond that rate
 * @param streamedKeys how many as fast as possible
 * @param streams how often as many others; the last time counts
 */
record Round(int firstKey, int staleWindowKeys, int perSecond, int streamedKeys, int streams) {

    /** As one line, for another process. */
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

package dev.freshet.sources.debezium;

import java.util.Comparator;

/**
 * A place in a server's binlogs.
 *
 * @param file as {@code binlog.000001}: what follows the last dot counts the files
 * @param offset in bytes
 */
record BinlogPosition(String file, long offset) implements Comparable<BinlogPosition> {

    private static final Comparator<BinlogPosition> ORDER =
            Comparator.comparingLong(BinlogPosition::number).thenComparingLong(BinlogPosition::offset);

    private long number() {
        return Long.parseLong(file.substring(file.lastIndexOf('.') + 1));
    }

    @Override
    public int compareTo(BinlogPosition other) {
        return ORDER.compare(this, other);
    }

    /** The inverse of {@link #toString}. */
    static BinlogPosition parse(String text) {
        int space = text.lastIndexOf(' ');
        return new BinlogPosition(text.substring(0, space), Long.parseLong(text.substring(space + 1)));
    }

    @Override
    public String toString() {
        return file + " " + offset;
    }
}

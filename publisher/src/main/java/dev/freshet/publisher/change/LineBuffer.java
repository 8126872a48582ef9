package dev.freshet.publisher.change;

/**
 * Cuts a body into lines. Holds what arrived and is not yet consumed: at most one chunk and the beginning of a line. Not
 * thread-safe.
 */
public final class LineBuffer {

    private static final byte[] NOTHING = {};

    private final int maximumLineBytes;
    private byte[] data = NOTHING;

    /** The current line's first byte, in {@link #data}, and the byte after its last. */
    private int lineStart;

    private int lineEnd;

    /** The first byte that is not consumed. */
    private int rest;

    /** From {@link #rest} up to here there is no line feed. */
    private int scanned;

    private boolean ended;

    /** @param maximumLineBytes the longest line that is allowed, without its line feed */
    public LineBuffer(int maximumLineBytes) {
        this.maximumLineBytes = maximumLineBytes;
    }

    /** Adds a chunk. The array belongs to this buffer from now on. */
    public void add(byte[] chunk) {
        int left = data.length - rest;
        if (left == 0) {
            data = chunk;
        } else {
            byte[] joined = new byte[left + chunk.length];
            System.arraycopy(data, rest, joined, 0, left);
            System.arraycopy(chunk, 0, joined, left, chunk.length);
            data = joined;
        }
        scanned -= rest;
        rest = 0;
    }

    /** Notes that the body has ended: the bytes that are left are a line. */
    public void end() {
        ended = true;
    }

    /** Moves to the next line. Returns false if no line is complete, or if it is too long. */
    public boolean next() {
        int end = scanned;
        while (end < data.length && data[end] != '\n') {
            end++;
        }
        scanned = end;
        boolean complete = end < data.length || (ended && end > rest);
        if (!complete || end - rest > maximumLineBytes) {
            return false;
        }
        lineStart = rest;
        lineEnd = end;
        rest = Math.min(end + 1, data.length);
        scanned = rest;
        return true;
    }

    /** Returns whether the next line is longer than allowed. Call it after {@link #next} has returned false. */
    public boolean isTooLong() {
        return scanned - rest > maximumLineBytes;
    }

    /** Returns whether all complete lines are consumed. Call it after {@link #next} has returned false. */
    public boolean isExhausted() {
        return scanned == data.length && !(ended && rest < data.length);
    }

    /** Returns how many bytes are held that are not consumed. */
    public int restBytes() {
        return data.length - rest;
    }

    /** Returns whether the current line holds only white space. */
    public boolean isBlank() {
        return isBlank(data, lineStart, lineEnd);
    }

    /** Returns whether these bytes are only white space. */
    static boolean isBlank(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    /** Returns the array that holds the current line. */
    public byte[] bytes() {
        return data;
    }

    /** Returns where the current line begins in {@link #bytes}. */
    public int offset() {
        return lineStart;
    }

    /** Returns the current line's length in bytes, without its line feed. */
    public int length() {
        return lineEnd - lineStart;
    }
}

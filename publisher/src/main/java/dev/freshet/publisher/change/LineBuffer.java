package dev.freshet.publisher.change;

import dev.freshet.service.Problem;

/**
 * Cuts a body into lines: what arrived and is not yet consumed, at most one chunk and the beginning of a line. Not
 * thread-safe.
 */
public final class LineBuffer {

    private static final byte[] NOTHING = {};

    private final int maximumLineBytes;
    private byte[] data = NOTHING;

    /** Where the current line begins and ends, in {@link #data}. */
    private int lineStart;

    private int lineEnd;

    /** Where the first line that is not consumed begins, and up to where it is known to hold no line feed. */
    private int rest;

    private int scanned;
    private boolean ended;

    public LineBuffer(int maximumLineBytes) {
        this.maximumLineBytes = maximumLineBytes;
    }

    /** Adds a chunk; the array belongs to this buffer from now on. */
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

    /** Says that nothing more comes: what is left is a line. */
    public void end() {
        ended = true;
    }

    /** Moves to the next line, if one is complete and not too long. */
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

    /** Whether the line that would come next is longer than allowed. Known after {@link #next} has returned false. */
    public boolean isTooLong() {
        return scanned - rest > maximumLineBytes;
    }

    /** Whether all complete lines are consumed. Known after {@link #next} has returned false. */
    public boolean isExhausted() {
        return scanned == data.length && !(ended && rest < data.length);
    }

    /** How many bytes are held that belong to no line yet. */
    public int restBytes() {
        return data.length - rest;
    }

    /** Whether the current line holds nothing but spaces. */
    public boolean isBlank() {
        return isBlank(data, lineStart, lineEnd);
    }

    public static boolean isBlank(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    public byte[] bytes() {
        return data;
    }

    public int offset() {
        return lineStart;
    }

    public int length() {
        return lineEnd - lineStart;
    }

    public Problem tooLong() {
        return Problem.of(
                413, "too-large", "A line must be at most " + maximumLineBytes + " bytes (http.maximum-line).");
    }
}

package dev.freshet.cache.internal.store;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;

/**
 * What a lease's text names. The life is drawn at random when a cache is built, so it stands for the process's life and
 * for the region both.
 *
 * @param life the random identity of the cache that handed it out
 * @param generation how many resets that cache had seen
 * @param id counts the leases of that life
 * @param counter the region's counter when it was handed out
 * @param keyHash tells most tokens for another key from used ones
 */
public record LeaseToken(long life, long generation, long id, long counter, int keyHash) {

    private static final byte FORMAT = 1;
    private static final int BYTES = 1 + 4 * Long.BYTES + Integer.BYTES;
    private static final int CHARS = (BYTES * 4 + 2) / 3;

    public String encode() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES)
                .put(FORMAT)
                .putLong(life)
                .putLong(generation)
                .putLong(id)
                .putLong(counter)
                .putInt(keyHash);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** Reads what {@link #encode} writes; empty if it is anything else. */
    public static Optional<LeaseToken> parse(String text) {
        if (text.length() != CHARS) {
            return Optional.empty();
        }
        ByteBuffer bytes;
        try {
            bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
        if (bytes.remaining() != BYTES || bytes.get() != FORMAT) {
            return Optional.empty();
        }
        return Optional.of(
                new LeaseToken(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getInt()));
    }
}

package dev.freshet.audit;

import dev.freshet.schema.Position;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A member holds what it should not. Keys are in {@link #keys} only: {@link #toString} shows their hashes.
 *
 * @param kind what is wrong
 * @param region the region
 * @param keys the keys of the entries, at most {@link #MAX_KEYS}
 * @param record the record that should have evicted them; null for {@link Kind#WRONG}
 * @param origin the publisher that appended the record; empty for {@link Kind#WRONG}
 * @param traceId the trace in which the change was made; null: nobody records it, or it is not known
 * @param memberId the member's id
 * @param memberName what people call it
 * @param memberPosition up to where it had applied the log; null: it had no position
 * @param after how long after the record was logged, or after the difference was seen, it was asked
 * @param heldMicros how much longer than the change the oldest of the entries had been held when it was asked
 * @param admitted whether the member would serve all of them as not confirmed since the change. If not, it breaks a promise
 */
public record AuditFinding(
        Kind kind,
        String region,
        List<String> keys,
        @Nullable Position record,
        String origin,
        @Nullable String traceId,
        String memberId,
        String memberName,
        @Nullable Position memberPosition,
        Duration after,
        long heldMicros,
        boolean admitted) {

    /** The most keys that are named. */
    public static final int MAX_KEYS = 16;

    private static final int HASH_DIGITS = 12;

    /** What is wrong. */
    public enum Kind {
        /** An invalidation named the entries, and they are from before it. */
        STALE,
        /** The values differ from the truth, and no invalidation has named them. */
        WRONG
    }

    public AuditFinding {
        keys = List.copyOf(keys);
    }

    /** Returns the hash under which a key is shown: the first 12 hexadecimal digits of its SHA-256. */
    public static String hash(String key) {
        return sha256(key.getBytes(StandardCharsets.UTF_8)).substring(0, HASH_DIGITS);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Returns the hashes of the keys. */
    public List<String> keyHashes() {
        return keys.stream().map(AuditFinding::hash).toList();
    }

    /** Returns the finding in a sentence, with hashes of keys. */
    @Override
    public String toString() {
        String what = kind == Kind.STALE
                ? "holds " + keys.size() + " entries from before record " + record + " of " + origin
                : "holds a value that differs from the truth";
        return memberName + " (" + memberId + ") " + what + ", " + after + " later; region " + region + ", position "
                + memberPosition + ", " + (admitted ? "which it admits" : "as confirmed")
                + (traceId == null ? "" : ", trace " + traceId) + ", keys "
                + String.join(" ", keyHashes());
    }
}

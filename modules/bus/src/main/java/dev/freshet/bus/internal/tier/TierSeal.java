package dev.freshet.bus.internal.tier;

import dev.freshet.bus.internal.access.KeyFile;
import dev.freshet.bus.tier.TierLease;
import dev.freshet.bus.tier.TierValue;
import dev.freshet.schema.RedisNames;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs values before they go to Redis, and checks them when they come back, so that who can write to Redis cannot plant one. A
 * signed value is a line of fixed length before the bytes: when it was signed, then HMAC-SHA256 over all that the value says, the key and
 * that moment. An older value of the same key can be put back, but only as long as it would have lived. Safe to use from any thread.
 */
public final class TierSeal {

    private static final String ALGORITHM = "HmacSHA256";
    private static final int MAC_BYTES = 32;
    private static final int SEAL_BYTES = Long.BYTES + MAC_BYTES;
    private static final byte[] PURPOSE = "freshet tier value 1".getBytes(StandardCharsets.US_ASCII);

    private final KeyFile keys;

    public TierSeal(KeyFile keys) {
        this.keys = keys;
    }

    /** Returns the value with its bytes signed. */
    TierValue sign(RedisNames names, int codecVersion, String key, TierLease lease, TierValue value) {
        byte[] mac = mac(keys.current().get(0), names, codecVersion, key, lease.redisMillis(), value, value.bytes());
        byte[] signed = ByteBuffer.allocate(SEAL_BYTES + value.bytes().length)
                .putLong(lease.redisMillis())
                .put(mac)
                .put(value.bytes())
                .array();
        return new TierValue(signed, value.isAbsence(), value.tags(), value.version());
    }

    /**
     * Returns the value as it was before it was signed; null if nobody who has a key signed it for this key, or if that was longer ago
     * than it may live.
     *
     * @param lease of the read
     * @param longest the longest life of a value
     */
    @Nullable
    TierValue open(RedisNames names, int codecVersion, String key, TierLease lease, TierValue value, Duration longest) {
        byte[] signed = value.bytes();
        if (signed.length < SEAL_BYTES) {
            return null;
        }
        ByteBuffer seal = ByteBuffer.wrap(signed, 0, SEAL_BYTES);
        long signedMillis = seal.getLong();
        byte[] mac = new byte[MAC_BYTES];
        seal.get(mac);
        byte[] bytes = Arrays.copyOfRange(signed, SEAL_BYTES, signed.length);
        long ageMillis = lease.redisMillis() - signedMillis;
        if (ageMillis > longest.plus(TierScripts.LEASE_LIFE).toMillis()) {
            return null;
        }
        for (byte[] secret : keys.current()) {
            if (MessageDigest.isEqual(mac, mac(secret, names, codecVersion, key, signedMillis, value, bytes))) {
                return new TierValue(bytes, value.isAbsence(), value.tags(), value.version());
            }
        }
        return null;
    }

    private static byte[] mac(
            byte[] secret,
            RedisNames names,
            int codecVersion,
            String key,
            long signedMillis,
            TierValue value,
            byte[] bytes) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            add(mac, PURPOSE);
            // The name of the key in Redis holds namespace, region, codec version and key.
            add(mac, names.value(codecVersion, key).getBytes(StandardCharsets.UTF_8));
            add(mac, Integer.toString(names.namespace().database()).getBytes(StandardCharsets.US_ASCII));
            add(mac, Long.toString(signedMillis).getBytes(StandardCharsets.US_ASCII));
            add(mac, (value.isAbsence() ? "a" : "v").getBytes(StandardCharsets.US_ASCII));
            add(mac, value.version().toString().getBytes(StandardCharsets.US_ASCII));
            add(mac, Integer.toString(value.tags().size()).getBytes(StandardCharsets.US_ASCII));
            for (String tag : value.tags()) {
                add(mac, tag.getBytes(StandardCharsets.UTF_8));
            }
            add(mac, bytes);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    /** With its length in front, so that no two lists of parts are the same bytes. */
    private static void add(Mac mac, byte[] part) {
        mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).flip());
        mac.update(part);
    }
}

package dev.freshet.bus.tier;

import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * One process' claim to load one key. As long as it stands, other processes may wait for the value instead of loading it as well; none of
 * them has to.
 *
 * @param name tells it from all other claims: hexadecimal digits
 * @param life how long it stands if nobody ends it, as when its process dies; at least a millisecond
 */
public record TierClaim(String name, Duration life) {

    public TierClaim {
        if (name.isEmpty() || !name.chars().allMatch(HexFormat::isHexDigit)) {
            throw new IllegalArgumentException("a claim's name must be hexadecimal digits, but is \"" + name + "\"");
        }
        if (life.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException("a claim's life must be at least 1 ms, but is " + life);
        }
    }

    /** Returns a claim with a name that no other has. */
    public static TierClaim of(Duration life) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        HexFormat hex = HexFormat.of();
        return new TierClaim(hex.toHexDigits(random.nextLong()) + hex.toHexDigits(random.nextLong()), life);
    }
}

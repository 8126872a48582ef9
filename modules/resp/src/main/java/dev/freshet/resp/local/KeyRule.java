package dev.freshet.resp.local;

import org.jspecify.annotations.Nullable;

/**
 * Which keys of Redis belong to a region.
 *
 * @param name what people call the rule
 * @param pattern a literal prefix, and then, where there is one, {@code *} for any characters and again literal text
 * @param region the region's name
 */
public record KeyRule(String name, String pattern, String region) {

    /** Describes what is wrong with a pattern as a clause, or returns null if nothing is. */
    public static @Nullable String faultIn(String pattern) {
        if (pattern.startsWith("*") && pattern.length() > 1) {
            return "must begin with literal text, as in user:*, or be * for all keys";
        }
        for (char forbidden : new char[] {'?', '[', ']', '\\', '{', '}'}) {
            if (pattern.indexOf(forbidden) >= 0) {
                return "must be literal text with * for any characters, as in user:*, without " + forbidden;
            }
        }
        return null;
    }

    /** Returns the text before the first star. */
    String prefix() {
        int star = pattern.indexOf('*');
        return star < 0 ? pattern : pattern.substring(0, star);
    }

    /** Returns a key that belongs to the rule. */
    public String example() {
        return pattern.replace("*", "freshet-probe");
    }

    boolean matches(String key) {
        int star = pattern.indexOf('*');
        if (star < 0) {
            return key.equals(pattern);
        }
        if (star == pattern.length() - 1) {
            return key.regionMatches(0, pattern, 0, star);
        }
        return matches(key, 0, 0);
    }

    /** Takes the first place for each literal text, which is right because stars match anything. */
    private boolean matches(String key, int keyFrom, int patternFrom) {
        int at = keyFrom;
        int from = patternFrom;
        while (true) {
            int star = pattern.indexOf('*', from);
            boolean isFirst = from == 0;
            if (star < 0) {
                int rest = pattern.length() - from;
                return key.length() - rest >= at && key.regionMatches(key.length() - rest, pattern, from, rest);
            }
            int length = star - from;
            if (isFirst) {
                if (!key.regionMatches(0, pattern, 0, length)) {
                    return false;
                }
                at = length;
            } else {
                int found = key.indexOf(pattern.substring(from, star), at);
                if (found < 0) {
                    return false;
                }
                at = found + length;
            }
            from = star + 1;
        }
    }
}

package dev.freshet.schema;

import java.util.Optional;

/**
 * Checks names of regions, keys, tags and prefixes. The methods {@code faultIn…} return the fault as a clause that follows the
 * field's name ("must be …, not …"), so that a caller can collect all faults of an input before it answers.
 */
public final class Syntax {

    private static final int MAX_REGION_CHARS = 64;

    private Syntax() {}

    /** Returns what is wrong with a region's name, or empty if it is valid. */
    public static Optional<String> faultInRegion(String region) {
        return isRegion(region)
                ? Optional.empty()
                : Optional.of("must match [a-z0-9][a-z0-9._-]{0,63}, not " + quote(region));
    }

    /** Returns what is wrong with a namespace's name, or empty if it is valid. */
    public static Optional<String> faultInNamespace(String name) {
        return faultInRegion(name);
    }

    /**
     * Returns a namespace's name, checked.
     *
     * @throws IllegalArgumentException if it is not valid
     */
    static String requireNamespace(String name) {
        faultInNamespace(name).ifPresent(fault -> {
            throw new IllegalArgumentException("namespace " + fault);
        });
        return name;
    }

    /** Returns what is wrong with a key, tag or prefix, or empty if it is valid. */
    public static Optional<String> faultInName(String name) {
        if (name.isEmpty()) {
            return Optional.of("must not be empty");
        }
        int bytes = utf8Bytes(name);
        if (bytes < 0) {
            return Optional.of("must be well-formed UTF-8, but holds an unpaired surrogate");
        }
        return bytes <= Limits.MAX_NAME_BYTES
                ? Optional.empty()
                : Optional.of("must be at most " + Limits.MAX_NAME_BYTES + " bytes of UTF-8, not " + bytes);
    }

    /** Matches the pattern of {@link #faultInRegion} without a regular expression, because each publish calls it. */
    private static boolean isRegion(String region) {
        int length = region.length();
        if (length == 0 || length > MAX_REGION_CHARS) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = region.charAt(i);
            boolean first = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            if (!first && (i == 0 || (c != '.' && c != '_' && c != '-'))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns the region's name, checked.
     *
     * @throws IllegalArgumentException if it is not valid
     */
    public static String requireRegion(String region) {
        if (!isRegion(region)) {
            faultInRegion(region).ifPresent(fault -> {
                throw new IllegalArgumentException("region " + fault);
            });
        }
        return region;
    }

    /**
     * Returns a key, tag or prefix, checked.
     *
     * @param what how the error calls it: "key", "tag" or "prefix"
     * @throws IllegalArgumentException if it is not valid
     */
    public static String requireName(String what, String name) {
        // The common case needs no encoding: an ASCII char is one byte.
        if (!isShortAscii(name)) {
            faultInName(name).ifPresent(fault -> {
                throw new IllegalArgumentException(what + " " + fault);
            });
        }
        return name;
    }

    /** Returns the length of the text in UTF-8, or -1 if it holds an unpaired surrogate. */
    public static int utf8Bytes(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                bytes += 1;
            } else if (c < 0x800) {
                bytes += 2;
            } else if (!Character.isSurrogate(c)) {
                bytes += 3;
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else {
                return -1;
            }
        }
        return bytes;
    }

    private static boolean isShortAscii(String name) {
        int length = name.length();
        if (length == 0 || length > Limits.MAX_NAME_BYTES) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (name.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static String quote(String text) {
        String shown = text.length() <= 80 ? text : text.substring(0, 80) + "…";
        StringBuilder quoted = new StringBuilder(shown.length() + 2).append('"');
        shown.chars()
                .forEach(c ->
                        quoted.append(Character.isISOControl(c) || Character.isSurrogate((char) c) ? '?' : (char) c));
        return quoted.append('"').toString();
    }
}

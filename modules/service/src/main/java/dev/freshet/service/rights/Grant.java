package dev.freshet.service.rights;

import dev.freshet.schema.Syntax;
import dev.freshet.service.config.Units;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One line of a file of rights: {@code shop sha256:9f86… publish,read users,product-*}. Immutable.
 *
 * @param name the caller's name, for metrics and logs; several lines may have the same
 * @param credential what the caller shows
 * @param rights what it may do
 * @param regions where: names of regions; one that ends with {@code *} stands for all that begin so
 */
record Grant(String name, Credential credential, Set<Right> rights, List<String> regions) {

    private static final Pattern SPACE = Pattern.compile("\\s+");
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    private static final String ALL = "*";

    /** Names that metrics use for those who are no caller. */
    private static final Set<String> RESERVED = Set.of("none", "other");

    Grant {
        rights = Set.copyOf(rights);
        regions = List.copyOf(regions);
    }

    /**
     * Reads a line.
     *
     * @param known the rights that there are
     * @throws IllegalArgumentException if it is malformed; the message is a clause without secrets
     */
    static Grant parse(String line, Set<Right> known) {
        String[] parts = SPACE.split(line.strip(), -1);
        if (parts.length != 4) {
            throw new IllegalArgumentException(
                    "must have four parts, as in: NAME sha256:HASH publish,read users,product-*; ./freshet token makes one");
        }
        if (!NAME.matcher(parts[0]).matches() || RESERVED.contains(parts[0])) {
            // Not quoted: whoever puts a token there must not find it in a log.
            throw new IllegalArgumentException(
                    "must begin with a name of [a-z0-9._-], at most 64, other than none and other");
        }
        return new Grant(parts[0], Credential.parse(parts[1]), rights(parts[2], known), regions(parts[3]));
    }

    private static Set<Right> rights(String text, Set<Right> known) {
        if (text.equals(ALL)) {
            return known;
        }
        Set<Right> rights = EnumSet.noneOf(Right.class);
        for (String one : text.split(",", -1)) {
            rights.add(Right.of(one)
                    .filter(known::contains)
                    .orElseThrow(() -> new IllegalArgumentException("has the right " + Units.quote(one)
                            + ", which does not exist here; the rights are: " + Right.texts(known) + ", or *")));
        }
        return rights;
    }

    private static List<String> regions(String text) {
        List<String> regions = Arrays.asList(text.split(",", -1));
        for (String one : regions) {
            String name = one.endsWith(ALL) ? one.substring(0, one.length() - 1) : one;
            boolean isAll = name.isEmpty() && one.equals(ALL);
            if (!isAll && Syntax.faultInRegion(name).isPresent()) {
                throw new IllegalArgumentException(
                        "has the region " + Units.quote(one)
                                + "; a region is [a-z0-9][a-z0-9._-]*, may end with * for all that begin so, and * stands for all");
            }
        }
        return regions;
    }

    boolean allows(Right right, String region) {
        return rights.contains(right) && regions.stream().anyMatch(one -> matches(one, region));
    }

    private static boolean matches(String pattern, String region) {
        return pattern.endsWith(ALL)
                ? region.startsWith(pattern.substring(0, pattern.length() - 1))
                : pattern.equals(region);
    }

    /** Returns the line. */
    String text() {
        String written = rights.stream().sorted().map(Right::text).collect(Collectors.joining(","));
        return String.format(Locale.ROOT, "%s %s %s %s", name, credential.text(), written, String.join(",", regions));
    }
}

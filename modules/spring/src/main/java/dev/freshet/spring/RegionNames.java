package dev.freshet.spring;

import dev.freshet.schema.Syntax;
import java.util.Locale;

/** The names of regions for names of caches, which may be any text. The same name of a cache gives the same region in all processes. */
final class RegionNames {

    private static final int MAX_READABLE_CHARS = 40;

    private RegionNames() {}

    /**
     * Returns the name itself if it is a region's; {@code user-profiles} for {@code userProfiles}; else what is readable of it, and a
     * hash, so that two such names have different regions.
     */
    static String of(String cache) {
        if (Syntax.faultInRegion(cache).isEmpty()) {
            return cache;
        }
        String kebab = cache.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
        if (cache.matches("[A-Za-z0-9._-]+") && Syntax.faultInRegion(kebab).isEmpty()) {
            return kebab;
        }
        String readable = kebab.replaceAll("[^a-z0-9._-]+", "-").replaceAll("^[^a-z0-9]+|-+$", "");
        return (readable.length() > MAX_READABLE_CHARS ? readable.substring(0, MAX_READABLE_CHARS) : readable)
                + (readable.isEmpty() ? "" : "-")
                + TextHash.of(cache, 8);
    }
}

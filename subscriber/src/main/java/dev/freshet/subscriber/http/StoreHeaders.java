package dev.freshet.subscriber.http;

import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Syntax;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the headers of a store say.
 *
 * @param lease the token of the miss before, or null
 * @param contentType to be answered with each hit
 * @param lifetime how long to keep the entry
 * @param tags what it can be invalidated by, beside its key
 * @param version which version of the source the value is of, if the caller knows
 */
record StoreHeaders(
        @Nullable String lease, String contentType, Lifetime lifetime, Set<String> tags, OptionalLong version) {

    static final CharSequence LEASE = HttpHeaders.createOptimized("Lease");
    static final CharSequence CACHE_TAG = HttpHeaders.createOptimized("Cache-Tag");
    static final CharSequence ENTRY_VERSION = HttpHeaders.createOptimized("Entry-Version");

    /** What RFC 9110 lets a recipient assume of content without a type. */
    private static final String DEFAULT_CONTENT_TYPE = "application/octet-stream";

    private static final int MAX_LEASE_CHARS = 512;

    /**
     * Reads the headers. Look at the faults before using the result: with any, it is not to be used.
     *
     * @param now by this host's wall clock
     */
    static StoreHeaders parse(MultiMap headers, Instant now, Faults faults) {
        String contentType = headers.get(HttpHeaders.CONTENT_TYPE);
        if (headers.contains(HttpHeaders.CONTENT_RANGE)) {
            faults.add("Content-Range", "must not be given: an entry is stored whole");
        }
        String encoding = headers.get(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.strip().equalsIgnoreCase("identity")) {
            faults.add("Content-Encoding", "must not be given: the bytes are answered as they are stored, without it");
        }
        return new StoreHeaders(
                parseLease(headers, faults),
                contentType == null || contentType.isBlank() ? DEFAULT_CONTENT_TYPE : contentType,
                LifetimeMillis.shorter(
                        Lifetime.parse(
                                headers.getAll(HttpHeaders.CACHE_CONTROL),
                                headers.get(HttpHeaders.EXPIRES),
                                now,
                                faults),
                        LifetimeMillis.parse(headers, now, faults)),
                parseTags(headers.getAll(CACHE_TAG), faults),
                parseVersion(headers.getAll(ENTRY_VERSION), faults));
    }

    /** What they say to the cache. */
    StoreOptions options() {
        StoreOptions options = StoreOptions.none().tags(tags);
        if (lifetime instanceof Lifetime.For limited) {
            options = options.ttl(limited.duration());
        } else if (lifetime instanceof Lifetime.None) {
            options = options.ttl(Duration.ZERO);
        }
        return version.isPresent() ? options.version(version.getAsLong()) : options;
    }

    private static @Nullable String parseLease(MultiMap headers, Faults faults) {
        List<String> values = headers.getAll(LEASE);
        if (values.isEmpty()) {
            return null;
        }
        String lease = values.get(0).strip();
        if (values.size() > 1) {
            faults.add("Lease", "must be given once");
        } else if (lease.isEmpty()) {
            faults.add("Lease", "must not be empty");
        } else if (lease.length() > MAX_LEASE_CHARS) {
            faults.add("Lease", "must be a token from a miss, which has at most " + MAX_LEASE_CHARS + " characters");
        }
        return lease;
    }

    private static Set<String> parseTags(List<String> values, Faults faults) {
        if (values.isEmpty()) {
            return Set.of();
        }
        Set<String> tags = new LinkedHashSet<>();
        for (String value : values) {
            for (String element : value.split(",", -1)) {
                String tag = decodeUtf8(element.strip());
                if (tag == null) {
                    faults.add("Cache-Tag", "must be well-formed UTF-8");
                    continue;
                }
                // An empty tag is more likely a lost one than a slip: without it the entry would outlive its tag.
                Syntax.faultInName(tag).ifPresent(fault -> faults.add("Cache-Tag", "has a tag that " + fault));
                tags.add(tag);
            }
        }
        if (tags.size() > StoreOptions.MAX_TAGS) {
            faults.add("Cache-Tag", "must name at most " + StoreOptions.MAX_TAGS + " tags, not " + tags.size());
        }
        return tags;
    }

    /** Header bytes arrive as one char each; returns what they are in UTF-8, or null if they are not. */
    private static @Nullable String decodeUtf8(String latin1) {
        if (latin1.chars().allMatch(c -> c < 0x80)) {
            return latin1;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(latin1.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static OptionalLong parseVersion(List<String> values, Faults faults) {
        if (values.isEmpty()) {
            return OptionalLong.empty();
        }
        String text = values.get(0).strip();
        try {
            if (values.size() == 1 && !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return OptionalLong.of(Long.parseLong(text));
            }
        } catch (NumberFormatException beyond64Bits) {
            // Refused below like every other fault.
        }
        faults.add("Entry-Version", "must be one whole number from 0 to " + Long.MAX_VALUE);
        return OptionalLong.empty();
    }
}

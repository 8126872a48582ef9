package dev.freshet.subscriber.http;

import dev.freshet.cache.StoreOptions;
import dev.freshet.schema.Syntax;
import dev.freshet.service.http.Faults;
import dev.freshet.subscriber.region.StoredValue;
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
 * The headers of a store.
 *
 * @param lease the token of the miss before, or null
 * @param contentType the content type that each hit answers with
 * @param lifetime how long to keep the entry
 * @param tags the tags by which the entry can be invalidated
 * @param version the value's version at the source, if the caller knows it
 * @param absent whether what is stored is that there is no value
 */
record StoreHeaders(
        @Nullable String lease,
        String contentType,
        Lifetime lifetime,
        Set<String> tags,
        OptionalLong version,
        boolean absent) {

    static final CharSequence LEASE = HttpHeaders.createOptimized("Lease");
    static final CharSequence CACHE_TAG = HttpHeaders.createOptimized("Cache-Tag");
    static final CharSequence ABSENT = HttpHeaders.createOptimized("Freshet-Absent");
    static final CharSequence ENTRY_VERSION = HttpHeaders.createOptimized("Entry-Version");

    /** RFC 9110 lets a recipient assume this type for content without one. */
    private static final String DEFAULT_CONTENT_TYPE = "application/octet-stream";

    static final int MAX_LEASE_CHARS = 512;

    /** What is wrong with the body of a store of an absence. */
    static final String NOT_EMPTY = "must be empty with Freshet-Absent: true";

    /**
     * Reads the headers. If this adds a fault, the result must not be used.
     *
     * @param now this host's wall clock
     */
    static StoreHeaders parse(MultiMap headers, Instant now, Faults faults) {
        String contentType = headers.get(HttpHeaders.CONTENT_TYPE);
        if (headers.contains(HttpHeaders.CONTENT_RANGE)) {
            faults.add("Content-Range", "must not be given: an entry is stored whole");
        }
        String encoding = headers.get(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.strip().equalsIgnoreCase("identity")) {
            faults.add(
                    "Content-Encoding",
                    "must not be given: hits answer with the stored bytes, without a content encoding");
        }
        if (contentType != null && !StoredValue.isContentType(contentType)) {
            faults.add("Content-Type", "must not hold control characters");
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
                parseVersion(headers.getAll(ENTRY_VERSION), faults),
                parseAbsent(headers, faults));
    }

    private static boolean parseAbsent(MultiMap headers, Faults faults) {
        List<String> values = headers.getAll(ABSENT);
        if (values.isEmpty()) {
            return false;
        }
        String length = headers.get(HttpHeaders.CONTENT_LENGTH);
        if (values.size() > 1 || !values.get(0).strip().equals("true")) {
            faults.add("Freshet-Absent", "must be true, or not be given");
        } else if (length != null && !length.strip().equals("0")) {
            faults.add("body", NOT_EMPTY);
        }
        return true;
    }

    /** Returns the headers as options of a store. */
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
            faults.add(
                    "Lease",
                    "must be the token of a miss, of at most " + MAX_LEASE_CHARS + " characters, not "
                            + lease.length());
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
                // An empty tag is probably a lost one: without it, the entry would survive an invalidation of that tag.
                Syntax.faultInName(tag).ifPresent(fault -> faults.add("Cache-Tag", "has a tag that " + fault));
                tags.add(tag);
            }
        }
        if (tags.size() > StoreOptions.MAX_TAGS) {
            faults.add("Cache-Tag", "must name at most " + StoreOptions.MAX_TAGS + " tags, not " + tags.size());
        }
        return tags;
    }

    /** Decodes a header's text, each char one byte, as UTF-8. Returns null if it is not UTF-8. */
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
            // Refused below.
        }
        faults.add("Entry-Version", "must be one whole number from 0 to " + Long.MAX_VALUE);
        return OptionalLong.empty();
    }
}

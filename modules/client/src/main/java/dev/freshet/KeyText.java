package dev.freshet;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * Turns keys of any type into the texts under which a region knows them. Two keys that are not equal must have different texts, in every
 * process and release: the text is the key's name in invalidations, in all replicas and in Redis. Must be safe to use from any thread.
 *
 * <pre>{@code
 * KeyText<Long> byId = id -> "user:" + id;
 * KeyText<PriceKey> byParts = KeyText.joining(key -> List.of("price", key.product(), key.currency()));
 * }</pre>
 */
@FunctionalInterface
public interface KeyText<K> {

    /** Returns a key's text: 1 to 512 bytes of UTF-8. */
    String of(K key);

    /**
     * Joins the parts of a key with colons. Colons and percent signs within a part are escaped, so that keys with different parts
     * have different texts: {@code ("a:b", "c")} is {@code a%3Ab:c}, and {@code ("a", "b:c")} is {@code a:b%3Ac}. A prefix of whole
     * parts can be invalidated: {@code price:}.
     *
     * @param parts returns a key's parts, always as many; their {@code toString} counts
     */
    static <K> KeyText<K> joining(Function<? super K, ? extends List<?>> parts) {
        Objects.requireNonNull(parts, "parts");
        return key -> {
            StringBuilder text = new StringBuilder();
            String separator = "";
            for (Object part : parts.apply(key)) {
                text.append(separator)
                        .append(part.toString().replace("%", "%25").replace(":", "%3A"));
                separator = ":";
            }
            return text.toString();
        };
    }
}

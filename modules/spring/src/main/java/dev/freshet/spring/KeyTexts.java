package dev.freshet.spring;

import dev.freshet.schema.Limits;
import dev.freshet.schema.Syntax;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Currency;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.interceptor.SimpleKey;
import org.springframework.util.ReflectionUtils;

/**
 * The texts of a cache's keys. A text is the key's name in all processes, so what is written here must never change.
 *
 * <p>A {@link String} is its own text, so that an invalidation from elsewhere can name it. All others begin with a tilde and their type
 * ({@code ~long:7}); a String that begins with a tilde, or is empty, gets one more. Parts of a key are separated by commas within brackets;
 * such characters within a part are escaped.
 *
 * <p>A text over 512 bytes keeps its beginning, so that prefixes find it, and ends with its SHA-256. Whatever looks like that is hashed too.
 */
final class KeyTexts {

    private static final String HASH = "~sha256:";
    private static final int HASH_CHARS = HASH.length() + 64;
    private static final int MAX_DEPTH = 16;

    /** Types whose {@code toString} tells apart what {@code equals} does, and no more. */
    private static final Map<Class<?>, String> BY_TEXT = Map.ofEntries(
            Map.entry(Integer.class, "~int:"),
            Map.entry(Long.class, "~long:"),
            Map.entry(Short.class, "~short:"),
            Map.entry(Byte.class, "~byte:"),
            Map.entry(Boolean.class, "~boolean:"),
            Map.entry(Character.class, "~char:"),
            Map.entry(Double.class, "~double:"),
            Map.entry(Float.class, "~float:"),
            Map.entry(BigInteger.class, "~biginteger:"),
            Map.entry(BigDecimal.class, "~bigdecimal:"),
            Map.entry(UUID.class, "~uuid:"),
            Map.entry(Currency.class, "~currency:"),
            Map.entry(Locale.class, "~locale:"),
            Map.entry(Instant.class, "~instant:"),
            Map.entry(Duration.class, "~duration:"),
            Map.entry(Period.class, "~period:"),
            Map.entry(LocalDate.class, "~localdate:"),
            Map.entry(LocalTime.class, "~localtime:"),
            Map.entry(LocalDateTime.class, "~localdatetime:"),
            Map.entry(OffsetTime.class, "~offsettime:"),
            Map.entry(OffsetDateTime.class, "~offsetdatetime:"),
            Map.entry(ZonedDateTime.class, "~zoneddatetime:"),
            Map.entry(ZoneOffset.class, "~zoneoffset:"),
            Map.entry(Year.class, "~year:"),
            Map.entry(YearMonth.class, "~yearmonth:"),
            Map.entry(MonthDay.class, "~monthday:"));

    private static final @Nullable Field SIMPLE_KEY_PARAMS = ReflectionUtils.findField(SimpleKey.class, "params");

    private static final ClassValue<RecordComponent[]> COMPONENTS = new ClassValue<>() {
        @Override
        protected RecordComponent[] computeValue(Class<?> type) {
            RecordComponent[] components = type.getRecordComponents();
            for (RecordComponent component : components) {
                component.getAccessor().setAccessible(true);
            }
            return components;
        }
    };

    private final String cache;
    private final List<CacheKeyConverter> converters;

    /** @param converters asked in this order, before the types that are known here */
    KeyTexts(String cache, List<CacheKeyConverter> converters) {
        this.cache = cache;
        this.converters = List.copyOf(converters);
    }

    /**
     * Returns a key's text.
     *
     * @throws IllegalArgumentException if nobody knows its type
     */
    String of(Object key) {
        if (converters.isEmpty()) {
            if (key instanceof String text) {
                return bounded(ofString(text));
            }
            if (key instanceof Long number) {
                return "~long:" + number.longValue();
            }
            if (key instanceof Integer number) {
                return "~int:" + number.intValue();
            }
            if (key instanceof UUID uuid) {
                return "~uuid:" + uuid; // always short and ASCII, so nothing needs to be checked
            }
        }
        return bounded(text(key, key, false, 0));
    }

    private static String ofString(String text) {
        return text.isEmpty() || text.charAt(0) == '~' ? "~" + text : text;
    }

    private String text(Object key, @Nullable Object part, boolean isPart, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("a key of cache \"" + cache + "\" has more than " + MAX_DEPTH
                    + " levels of parts within parts: give the cache a CacheKeyConverter for " + nameOf(key));
        }
        if (part == null) {
            return "~null";
        }
        for (CacheKeyConverter converter : converters) {
            String text = converter.textOf(cache, part);
            if (text != null) {
                return leaf(ofString(text), isPart);
            }
        }
        if (part instanceof String text) {
            return leaf(ofString(text), isPart);
        }
        String type = BY_TEXT.get(part.getClass());
        if (type != null) {
            return leaf(type + part, isPart);
        }
        if (part instanceof Enum<?> constant) {
            return leaf("~enum:" + constant.getDeclaringClass().getName() + ":" + constant.name(), isPart);
        }
        return composed(key, part, depth);
    }

    private String composed(Object key, Object part, int depth) {
        if (part instanceof SimpleKey simple) {
            return joined("~(", Arrays.asList(paramsOf(simple)), ")", key, depth);
        }
        if (part instanceof List<?> list) {
            return joined("~[", list, "]", key, depth);
        }
        if (part instanceof Set<?> set) {
            List<String> texts = new ArrayList<>();
            set.forEach(each -> texts.add(text(key, each, true, depth + 1)));
            Collections.sort(texts);
            return "~{" + String.join(",", texts) + "}";
        }
        if (part instanceof Optional<?> optional) {
            return joined("~optional(", optional.stream().toList(), ")", key, depth);
        }
        if (part instanceof Class<?> type) {
            return leaf("~class:" + type.getName(), depth > 0);
        }
        if (part.getClass().isArray()) {
            List<@Nullable Object> elements = new ArrayList<>();
            for (int i = 0; i < Array.getLength(part); i++) {
                elements.add(Array.get(part, i));
            }
            return joined("~" + part.getClass().getComponentType().getName() + "[", elements, "]", key, depth);
        }
        if (part instanceof Record) {
            return joined("~" + part.getClass().getName() + "(", componentsOf(part), ")", key, depth);
        }
        throw new IllegalArgumentException("cache \"" + cache + "\" has no text for " + nameOf(part)
                + (part == key ? "" : ", a part of the key")
                + ": give it a CacheKeyConverter, or a key of a type that needs none,"
                + " such as a String, a number, a UUID, an enum, a date, or a record or list of these");
    }

    private String joined(String begin, List<?> parts, String end, Object key, int depth) {
        StringBuilder text = new StringBuilder(begin);
        String separator = "";
        for (Object part : parts) {
            text.append(separator).append(text(key, part, true, depth + 1));
            separator = ",";
        }
        return text.append(end).toString();
    }

    /** Escapes what separates parts. */
    private static String leaf(String text, boolean isPart) {
        if (!isPart) {
            return text;
        }
        StringBuilder escaped = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean separates = "%,()[]{}".indexOf(c) >= 0;
            if (separates && escaped == null) {
                escaped = new StringBuilder(text.length() + 8).append(text, 0, i);
            }
            if (escaped != null) {
                if (separates) {
                    escaped.append('%').append(Integer.toHexString(c));
                } else {
                    escaped.append(c);
                }
            }
        }
        return escaped == null ? text : escaped.toString();
    }

    private @Nullable Object[] paramsOf(SimpleKey key) {
        if (SIMPLE_KEY_PARAMS == null) {
            throw new IllegalStateException("this version of Spring has a SimpleKey without params: give cache \""
                    + cache + "\" keys of another type, by the attribute key of its annotations");
        }
        ReflectionUtils.makeAccessible(SIMPLE_KEY_PARAMS);
        return (Object[]) java.util.Objects.requireNonNull(ReflectionUtils.getField(SIMPLE_KEY_PARAMS, key));
    }

    private List<@Nullable Object> componentsOf(Object key) {
        List<@Nullable Object> values = new ArrayList<>();
        try {
            for (RecordComponent component : COMPONENTS.get(key.getClass())) {
                values.add(component.getAccessor().invoke(key));
            }
        } catch (ReflectiveOperationException | RuntimeException fault) {
            throw new IllegalArgumentException(
                    "cache \"" + cache + "\" cannot read the record "
                            + key.getClass().getName()
                            + ": open its package to dev.freshet.spring, or give the cache a CacheKeyConverter",
                    fault);
        }
        return values;
    }

    private static String nameOf(Object key) {
        return "a key of type " + key.getClass().getName();
    }

    private static String bounded(String text) {
        int length = text.length();
        if (length < HASH_CHARS && isAscii(text)) {
            return text;
        }
        int bytes = Syntax.utf8Bytes(text);
        boolean looksHashed = length >= HASH_CHARS && text.startsWith(HASH, length - HASH_CHARS);
        return bytes > 0 && bytes <= Limits.MAX_NAME_BYTES && !looksHashed ? text : hashed(text);
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    /** What is readable of the beginning, and the hash. */
    private static String hashed(String text) {
        StringBuilder begin = new StringBuilder();
        int bytes = 0;
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            int size = Character.charCount(point);
            int more = Syntax.utf8Bytes(text.substring(i, i + size));
            if (more < 0 || bytes + more > Limits.MAX_NAME_BYTES - HASH_CHARS) {
                break;
            }
            begin.appendCodePoint(point);
            bytes += more;
            i += size;
        }
        return begin.append(HASH).append(TextHash.of(text, 32)).toString();
    }
}

package dev.freshet.sources.redis;

import dev.freshet.schema.Selector;
import dev.freshet.sources.rules.Invalidated;
import dev.freshet.sources.rules.KeyPattern;
import dev.freshet.sources.rules.RowImage;
import dev.freshet.sources.rules.RuleSet;
import dev.freshet.sources.rules.TableName;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Maps a changed key of Redis to what it invalidates. Immutable, safe to use from any thread. */
final class KeyRules {

    private final Map<String, KeyPattern> patterns;
    private final RuleSet rules;

    /** @param patterns the key pattern of each rule, by the rule's name */
    KeyRules(Map<String, KeyPattern> patterns, RuleSet rules) {
        this.patterns = new LinkedHashMap<>(patterns);
        this.rules = rules;
    }

    /** Returns bytes as text, or null if they are not valid UTF-8. */
    static @Nullable String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** Returns what a change of a key invalidates: of each rule that matches it. A key that is no text invalidates their regions. */
    List<Invalidated> evaluate(byte[] bytes) {
        String text = text(bytes);
        String key = text == null ? new String(bytes, StandardCharsets.UTF_8) : text;
        List<Invalidated> invalidated = new ArrayList<>();
        for (Map.Entry<String, KeyPattern> each : patterns.entrySet()) {
            Map<String, String> values = each.getValue().match(key);
            if (values == null) {
                continue;
            }
            for (Invalidated one : rules.evaluate(new TableName("", each.getKey()), null, RowImage.of(values))) {
                invalidated.add(
                        text != null
                                ? one
                                : new Invalidated(
                                        one.region(),
                                        List.of(Selector.all()),
                                        "rule " + each.getKey() + ": the key is not valid UTF-8"));
            }
        }
        return invalidated;
    }
}

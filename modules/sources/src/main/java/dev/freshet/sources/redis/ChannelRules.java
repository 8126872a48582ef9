package dev.freshet.sources.redis;

import dev.freshet.sources.ChannelConfig;
import dev.freshet.sources.ChannelConfig.Format;
import dev.freshet.sources.SourceListener.Rejection;
import dev.freshet.sources.rules.Invalidated;
import dev.freshet.sources.rules.KeyPattern;
import dev.freshet.sources.rules.RowImage;
import dev.freshet.sources.rules.RuleSet;
import dev.freshet.sources.rules.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Maps a message to what it invalidates. Immutable, safe to use from any thread. */
final class ChannelRules {

    /** A message is read by the thread that receives all others. */
    static final int MAX_MESSAGE_BYTES = 1 << 20;

    private final Map<String, Format> formats;
    private final RuleSet rules;
    private final String own;

    /** @param own what Freshet's own channels begin with: what they carry is no message of an application */
    ChannelRules(Map<String, Format> formats, RuleSet rules, String own) {
        this.formats = new LinkedHashMap<>(formats);
        this.rules = rules;
        this.own = own;
    }

    Set<String> regions() {
        return rules.regions();
    }

    /** Returns the channels to subscribe to. */
    List<String> channels() {
        return formats.values().stream()
                .map(Format::channel)
                .filter(channel -> !channel.isVariable())
                .map(ChannelRules::subscription)
                .distinct()
                .toList();
    }

    /** Returns the patterns of channels to subscribe to. */
    List<String> patterns() {
        return formats.values().stream()
                .map(Format::channel)
                .filter(KeyPattern::isVariable)
                .map(ChannelRules::subscription)
                .distinct()
                .toList();
    }

    /** Returns the subscriptions that Redis sends a message of a channel for. */
    Set<String> subscriptionsOf(String channel) {
        Set<String> subscriptions = new LinkedHashSet<>();
        formats.values().stream()
                .map(Format::channel)
                .filter(pattern -> pattern.matchesGlob(channel))
                .forEach(pattern -> subscriptions.add(subscription(pattern)));
        return subscriptions;
    }

    private static String subscription(KeyPattern channel) {
        return channel.isVariable() ? channel.glob() : channel.prefix();
    }

    /** Where the parts of one message go. */
    private record Reading(String channel, Consumer<Invalidated> invalidated, Set<Rejection> rejections) {}

    /**
     * Evaluates a message.
     *
     * @param subscription what it was sent for: the rules with other subscriptions get it once more
     * @param invalidated gets what it invalidates
     * @return why it was not understood, or not whole
     */
    Set<Rejection> evaluate(
            String subscription, byte[] channelBytes, byte[] messageBytes, Consumer<Invalidated> invalidated) {
        if (messageBytes.length > MAX_MESSAGE_BYTES) {
            return Set.of(Rejection.SIZE);
        }
        String channel = KeyRules.text(channelBytes);
        String message = KeyRules.text(messageBytes);
        if (channel == null || message == null) {
            return Set.of(Rejection.ENCODING);
        }
        if (channel.startsWith(own)) {
            return Set.of();
        }
        Reading reading = new Reading(channel, invalidated, new LinkedHashSet<>());
        List<Map.Entry<String, Format>> candidates = formats.entrySet().stream()
                .filter(each -> subscription(each.getValue().channel()).equals(subscription))
                .toList();
        // The items of lists with different separators are not the same, so each separator is on its own.
        for (String separator : candidates.stream()
                .map(each -> each.getValue().separator())
                .distinct()
                .toList()) {
            List<Map.Entry<String, Format>> some = candidates.stream()
                    .filter(each -> each.getValue().separator().equals(separator))
                    .toList();
            if (separator.isEmpty()) {
                read(some, message, reading);
            } else {
                split(message, separator, item -> read(some, item, reading));
            }
        }
        return reading.rejections();
    }

    /** One after the other: a list may be long. */
    private static void split(String message, String separator, Consumer<String> to) {
        for (int from = 0; from <= message.length(); ) {
            int end = message.indexOf(separator, from);
            String item =
                    message.substring(from, end < 0 ? message.length() : end).strip();
            if (!item.isEmpty()) {
                to.accept(item);
            }
            from = end < 0 ? message.length() + 1 : end + separator.length();
        }
    }

    private void read(List<Map.Entry<String, Format>> candidates, String item, Reading reading) {
        boolean isMatched = false;
        Rejection why = Rejection.UNMATCHED;
        for (Map.Entry<String, Format> each : candidates) {
            Format format = each.getValue();
            Map<String, String> values = format.channel().match(reading.channel());
            Map<String, String> named =
                    format.message() == null ? Map.of() : format.message().match(item);
            if (values == null || named == null) {
                continue;
            }
            Map<String, String> row = new HashMap<>(values);
            row.putAll(named);
            row.remove(KeyPattern.WHOLE);
            row.put(ChannelConfig.CHANNEL, reading.channel());
            row.put(ChannelConfig.MESSAGE, item);
            if (!format.isJson()) {
                isMatched = true;
                invalidate(each.getKey(), row, reading);
                continue;
            }
            if (!MessageJson.isDocument(item)) {
                why = Rejection.JSON;
            } else if (isMeant(format, item)) {
                List<Map<String, String>> rows = rows(format, item, row);
                if (rows == null) {
                    why = Rejection.JSON;
                } else {
                    isMatched = true;
                    rows.forEach(one -> invalidate(each.getKey(), one, reading));
                }
            }
        }
        if (!isMatched) {
            reading.rejections().add(why);
        }
    }

    private static boolean isMeant(Format format, String document) {
        return format.when().entrySet().stream()
                .allMatch(each -> List.of(each.getValue()).equals(MessageJson.values(document, each.getKey())));
    }

    /** Returns a row for each value of an array; null if a value is missing, or if more than one path leads to an array. */
    private static @Nullable List<Map<String, String>> rows(Format format, String document, Map<String, String> row) {
        Map<String, String> common = new HashMap<>(row);
        String several = null;
        List<String> values = List.of();
        for (Map.Entry<String, String> each : format.json().entrySet()) {
            List<String> found = MessageJson.values(document, each.getValue());
            if (found == null || (found.size() != 1 && several != null)) {
                return null;
            }
            if (found.size() == 1) {
                common.put(each.getKey(), found.get(0));
            } else {
                several = each.getKey();
                values = found;
            }
        }
        if (several == null) {
            return List.of(common);
        }
        List<Map<String, String>> rows = new ArrayList<>();
        for (String value : values) {
            Map<String, String> one = new HashMap<>(common);
            one.put(several, value);
            rows.add(one);
        }
        return rows;
    }

    private void invalidate(String rule, Map<String, String> row, Reading reading) {
        RuleSet.Named named = rules.evaluateNames(new TableName("", rule), RowImage.of(row));
        named.invalidated().forEach(reading.invalidated());
        if (named.isNameInvalid()) {
            reading.rejections().add(Rejection.NAME);
        }
    }
}

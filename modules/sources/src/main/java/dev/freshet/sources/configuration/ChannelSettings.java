package dev.freshet.sources.configuration;

import com.fasterxml.jackson.core.JsonPointer;
import dev.freshet.bus.RedisConfig;
import dev.freshet.schema.Selector;
import dev.freshet.service.config.Settings;
import dev.freshet.sources.ChannelConfig;
import dev.freshet.sources.ChannelConfig.Format;
import dev.freshet.sources.ChannelConfig.OnGap;
import dev.freshet.sources.Relay;
import dev.freshet.sources.rules.KeyPattern;
import dev.freshet.sources.rules.Template;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the settings that only sources of kind {@code redis-channel} have. */
final class ChannelSettings {

    /** The names of the source's settings. */
    static final List<String> NAMES = List.of("on-gap", "relay");

    /** The names of its rules' settings. */
    static final List<String> OF_RULES = List.of("channel", "message", "separator", "json", "when");

    private static final Pattern NAMED_POINTER = Pattern.compile("([A-Za-z_][A-Za-z0-9_]*)=(/.*)");
    private static final KeyPattern NEVER = KeyPattern.parse("a channel");

    private ChannelSettings() {}

    /**
     * Reads the settings of one source.
     *
     * @param redis the configured Redis; null: the publisher's
     * @param formats what the rules' messages look like, by the rule's name
     */
    static ChannelConfig read(
            Settings source, @Nullable RedisConfig redis, Map<String, Format> formats, int maximumPending) {
        OnGap onGap = source.choice(
                "on-gap",
                OnGap.INVALIDATE,
                "what to do if messages may have been missed: invalidate the regions of all rules, or ignore it");
        List<Relay> relays =
                source.map("relay", SourceSettings::faultInName, (name, relay) -> readRelay(relay)).values().stream()
                        .flatMap(Optional::stream)
                        .toList();
        return new ChannelConfig(redis, onGap, formats, relays, maximumPending);
    }

    /** Reads how the messages of a rule look. */
    static Format readFormat(Settings rule) {
        String channel = rule.text(
                "channel", "", "a channel or a pattern like invalidate:{id}", KeyPattern::faultIn, "which channels");
        String message = rule.text(
                "message", "", "a pattern like user:{id}", KeyPattern::faultIn, "which messages; any if left out");
        String separator = rule.text("separator", "", "what stands between the items of a message that is a list");
        List<String> json = rule.texts(
                "json",
                "names with JSON Pointers, like id=/user/id",
                text -> faultInPointer(text, NAMED_POINTER),
                "which values of a message in JSON get which names");
        List<String> when = rule.texts(
                "when",
                "JSON Pointers with texts, like /type=user",
                ChannelSettings::faultInCondition,
                "which messages in JSON: those with these texts there");
        Map<String, String> pointers = new LinkedHashMap<>();
        for (String text : json) {
            int equals = text.indexOf('=');
            if (pointers.put(text.substring(0, equals), text.substring(equals + 1)) != null) {
                rule.fault("json", "must not give two values the name " + text.substring(0, equals));
            }
        }
        Map<String, String> conditions = new LinkedHashMap<>();
        when.forEach(text ->
                conditions.put(text.substring(0, text.lastIndexOf('=')), text.substring(text.lastIndexOf('=') + 1)));
        Format format = new Format(
                channel.isEmpty() ? NEVER : KeyPattern.parse(channel),
                message.isEmpty() ? null : KeyPattern.parse(message),
                separator,
                pointers,
                conditions);
        if (format.isJson() && !separator.isEmpty()) {
            rule.fault("separator", "must be left out with json or when; an array in JSON is a list already");
        }
        requireDifferent(rule, format);
        return format;
    }

    private static void requireDifferent(Settings rule, Format format) {
        Set<String> seen = new LinkedHashSet<>(List.of(ChannelConfig.CHANNEL, ChannelConfig.MESSAGE));
        Map<String, List<String>> named = new LinkedHashMap<>();
        named.put("channel", own(format.channel()));
        named.put("message", format.message() == null ? List.of() : own(format.message()));
        named.put("json", List.copyOf(format.json().keySet()));
        named.forEach((setting, names) -> names.forEach(name -> {
            if (!seen.add(name)) {
                rule.fault(
                        setting,
                        "must not give the name " + name + ", which "
                                + (name.equals(ChannelConfig.CHANNEL) || name.equals(ChannelConfig.MESSAGE)
                                        ? "stands for the whole " + name
                                        : "another setting of the rule gives"));
            }
        }));
    }

    private static List<String> own(KeyPattern pattern) {
        List<String> names = new ArrayList<>(pattern.names());
        names.remove(KeyPattern.WHOLE);
        return names;
    }

    /** Returns the names that templates of a rule may use. */
    static List<String> names(Format format) {
        List<String> names = new ArrayList<>(own(format.channel()));
        names.addAll(format.message() == null ? List.of() : own(format.message()));
        names.addAll(format.json().keySet());
        names.add(ChannelConfig.CHANNEL);
        names.add(ChannelConfig.MESSAGE);
        return names;
    }

    /** Reads a relay; empty if it has faults. */
    private static Optional<Relay> readRelay(Settings relay) {
        String region = relay.text(
                "region", "", "a region", SourceSettings::faultInRegion, "whose invalidations become messages");
        Map<Selector.Kind, String> patterns = new LinkedHashMap<>();
        for (Selector.Kind kind : List.of(Selector.Kind.KEYS, Selector.Kind.TAGS, Selector.Kind.PREFIXES)) {
            String pattern = relay.text(
                    kind.label(),
                    "",
                    "a pattern like user:{id}",
                    KeyPattern::faultIn,
                    "which " + kind.label() + " become a message each");
            if (!pattern.isEmpty()) {
                patterns.put(kind, pattern);
            }
        }
        boolean all = relay.bool(
                "all", false, "whether this is the message for all of the region, and for what no other relay can say");
        Template channel = template(relay, "channel", "where to publish");
        Template message = template(relay, "message", "what to publish");
        for (String required : List.of("region", "channel", "message")) {
            if (!relay.has(required)) {
                relay.fault(required, "must be given");
            }
        }
        if (patterns.size() + (all ? 1 : 0) != 1) {
            relay.fault("keys", "must be given, or one of tags, prefixes and all; only one of them");
            return Optional.empty();
        }
        Selector.Kind kind =
                all ? Selector.Kind.ALL : patterns.keySet().iterator().next();
        KeyPattern pattern = all ? null : KeyPattern.parse(Objects.requireNonNull(patterns.get(kind)));
        List<String> names = pattern == null ? List.of() : pattern.names();
        boolean isChannelNamed = requireNamed(relay, "channel", channel, names);
        boolean isMessageNamed = requireNamed(relay, "message", message, names);
        return channel != null && message != null && relay.has("region") && isChannelNamed && isMessageNamed
                ? Optional.of(new Relay(region, kind, pattern, channel, message))
                : Optional.empty();
    }

    private static @Nullable Template template(Settings relay, String name, String help) {
        String text = relay.text(name, "", "a template like user:{id}", Template::faultIn, help);
        return text.isEmpty() ? null : Template.parse(text);
    }

    private static boolean requireNamed(
            Settings relay, String setting, @Nullable Template template, List<String> names) {
        List<String> unknown = new ArrayList<>(template == null ? List.of() : template.columns());
        unknown.removeAll(names);
        if (!unknown.isEmpty()) {
            relay.fault(
                    setting,
                    names.isEmpty()
                            ? "must name nothing in braces with all: true, but names " + String.join(", ", unknown)
                            : "must use names of the pattern (" + String.join(", ", names) + "), but uses "
                                    + String.join(", ", unknown));
        }
        return unknown.isEmpty();
    }

    private static @Nullable String faultInPointer(String text, Pattern form) {
        if (!form.matcher(text).matches()) {
            return "must be a name with a JSON Pointer, like id=/user/id, not \"" + text + "\"";
        }
        return faultInPointer(text.substring(text.indexOf('=') + 1));
    }

    private static @Nullable String faultInCondition(String text) {
        int equals = text.lastIndexOf('=');
        if (equals < 2 || text.charAt(0) != '/') {
            return "must be a JSON Pointer with a text, like /type=user, not \"" + text + "\"";
        }
        return faultInPointer(text.substring(0, equals));
    }

    private static @Nullable String faultInPointer(String pointer) {
        try {
            JsonPointer.compile(pointer);
            return null;
        } catch (IllegalArgumentException e) {
            return "must have a JSON Pointer, like /user/id, not \"" + pointer + "\"";
        }
    }
}

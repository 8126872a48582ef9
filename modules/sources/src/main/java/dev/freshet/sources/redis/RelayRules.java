package dev.freshet.sources.redis;

import dev.freshet.bus.source.ChannelSender.Message;
import dev.freshet.schema.Invalidation;
import dev.freshet.schema.Selector;
import dev.freshet.sources.Relay;
import dev.freshet.sources.rules.Template;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Maps invalidations of one region to messages. Immutable, safe to use from any thread. */
final class RelayRules {

    private final List<Relay> relays;

    /** @param relays those of one region */
    RelayRules(List<Relay> relays) {
        this.relays = List.copyOf(relays);
    }

    /**
     * What invalidations say as messages.
     *
     * @param isWhole false if some cannot be said: no relay is for them, nor one for the whole region
     */
    record Said(Set<Message> messages, boolean isWhole) {}

    /** Returns the messages for the whole region; not whole if no relay is for it. */
    Said all() {
        return say(List.of(Selector.all()));
    }

    /** Returns the messages for invalidations, each once. */
    Said of(List<Invalidation> invalidations) {
        return say(invalidations.stream().map(Invalidation::selector).toList());
    }

    /**
     * A key that no relay is for is none that is known by messages. A tag or a prefix that no relay is for may stand for such keys,
     * so the whole region goes.
     */
    private Said say(List<Selector> selectors) {
        Set<Message> messages = new LinkedHashSet<>();
        boolean needsAll = false;
        for (Selector selector : selectors) {
            if (selector.kind() == Selector.Kind.ALL) {
                needsAll = true;
            }
            for (String name : selector.names()) {
                needsAll |= !say(selector.kind(), name, messages) && selector.isBroad();
            }
        }
        return new Said(messages, !needsAll || say(Selector.Kind.ALL, "", messages));
    }

    private boolean say(Selector.Kind kind, String name, Set<Message> messages) {
        boolean isSaid = false;
        for (Relay relay : relays) {
            if (relay.kind() != kind) {
                continue;
            }
            Map<String, String> values =
                    relay.pattern() == null ? Map.of() : relay.pattern().match(name);
            Message message = values == null ? null : message(relay, values);
            if (message != null) {
                messages.add(message);
                isSaid = true;
            }
        }
        return isSaid;
    }

    /** Returns the message, or null if a value makes it no JSON though the template is. */
    private static @Nullable Message message(Relay relay, Map<String, String> values) {
        String channel = relay.channel().fill(values);
        if (!isJson(relay.message())) {
            return new Message(channel, relay.message().fill(values));
        }
        Map<String, String> escaped = new HashMap<>();
        values.forEach((name, value) -> escaped.put(name, MessageJson.escaped(value)));
        String text = relay.message().fill(escaped);
        return MessageJson.isDocument(text) ? new Message(channel, text) : null;
    }

    private static boolean isJson(Template template) {
        Map<String, String> zeros = new HashMap<>();
        template.columns().forEach(column -> zeros.put(column, "0"));
        return MessageJson.isDocument(template.fill(zeros));
    }
}

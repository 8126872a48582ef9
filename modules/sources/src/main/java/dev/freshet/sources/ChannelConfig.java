package dev.freshet.sources;

import dev.freshet.bus.RedisConfig;
import dev.freshet.sources.rules.KeyPattern;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which messages a source listens to, and how they are read.
 *
 * @param redis the Redis where messages are published; null: the publisher's own Redis
 * @param onGap what to do if messages may have been missed
 * @param formats how the messages of each rule look, by the rule's name
 * @param relays which invalidations are published as messages
 * @param maximumPending the maximum number of waiting names a region; beyond it the whole region is invalidated
 */
public record ChannelConfig(
        @Nullable RedisConfig redis, OnGap onGap, Map<String, Format> formats, List<Relay> relays, int maximumPending) {

    /** The name of the whole channel in templates. */
    public static final String CHANNEL = "channel";

    /** The name of the whole message in templates; of a list, of one of its items. */
    public static final String MESSAGE = "message";

    /** What to do at the start and after a lost connection. */
    public enum OnGap {
        /** Invalidate the regions of all rules. */
        INVALIDATE,
        /** Nothing: what was missed stays until it expires. */
        IGNORE
    }

    /**
     * How the messages of a rule look.
     *
     * @param channel which channels
     * @param message which messages, or items of a list; null: any
     * @param separator what stands between the items of a list; empty: a message is no list
     * @param json JSON Pointers, by the name that the value gets; empty: a message is not read as JSON
     * @param when texts that must be at JSON Pointers
     */
    public record Format(
            KeyPattern channel,
            @Nullable KeyPattern message,
            String separator,
            Map<String, String> json,
            Map<String, String> when) {

        public Format {
            json = Collections.unmodifiableMap(new LinkedHashMap<>(json));
            when = Collections.unmodifiableMap(new LinkedHashMap<>(when));
        }

        /** Whether messages are read as JSON. */
        public boolean isJson() {
            return !json.isEmpty() || !when.isEmpty();
        }
    }

    public ChannelConfig {
        formats = Collections.unmodifiableMap(new LinkedHashMap<>(formats));
        relays = List.copyOf(relays);
    }
}

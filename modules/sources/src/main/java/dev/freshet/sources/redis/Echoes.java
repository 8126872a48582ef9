package dev.freshet.sources.redis;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** Remembers which messages were announced as sent by a publisher of this source, until they come. Used by one thread. */
final class Echoes {

    /** Each announcement stands right before its message, or few others are in between. */
    private static final int MAX_EXPECTED = 10_000;

    private record Expected(String subscription, ByteBuffer announcement) {}

    private final Map<Expected, Integer> expected = new LinkedHashMap<>();

    /** A message was announced, that comes once for this subscription. */
    void expect(String subscription, byte[] announcement) {
        expected.merge(new Expected(subscription, ByteBuffer.wrap(announcement)), 1, Integer::sum);
        if (expected.size() > MAX_EXPECTED) {
            expected.remove(expected.keySet().iterator().next());
        }
    }

    /** Returns whether a message that came was announced, and forgets its announcement. */
    boolean take(String subscription, byte[] announcement) {
        if (expected.isEmpty()) {
            return false;
        }
        Expected one = new Expected(subscription, ByteBuffer.wrap(announcement));
        Integer count = expected.get(one);
        if (count == null) {
            return false;
        }
        if (count == 1) {
            expected.remove(one);
        } else {
            expected.put(one, count - 1);
        }
        return true;
    }
}

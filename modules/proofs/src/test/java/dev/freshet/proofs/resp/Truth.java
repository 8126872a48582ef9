package dev.freshet.proofs.resp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Every state that each key was in at the master, in order. Values are unique, so a value says which state it is of. */
final class Truth {

    static final long NEVER_EXPIRES = -1;

    /** What there was: nothing, where the value is null. */
    record State(@Nullable String value, long expireAtMillis, long sinceMicros) {}

    private record Flush(long atMicros, Map<String, Integer> states) {}

    private final Map<String, List<State>> states = new HashMap<>();
    private final List<Flush> flushes = new ArrayList<>();

    void note(String key, @Nullable String value, long expireAtMillis, long nowMicros) {
        State last = ofKey(key).get(ofKey(key).size() - 1);
        if (!Objects.equals(last.value, value) || last.expireAtMillis != expireAtMillis) {
            ofKey(key).add(new State(value, expireAtMillis, nowMicros));
        }
    }

    /** All keys are gone from now on. */
    void noteFlush(Iterable<String> keys, long nowMicros) {
        Map<String, Integer> last = new HashMap<>();
        keys.forEach(key -> last.put(key, lastIndex(key)));
        flushes.add(new Flush(nowMicros, last));
    }

    /** Returns the state of each key at the first flush since then; none, if there was none. */
    Map<String, Integer> firstFlushSince(long micros) {
        return flushes.stream()
                .filter(flush -> flush.atMicros >= micros)
                .findFirst()
                .map(Flush::states)
                .orElse(Map.of());
    }

    private List<State> ofKey(String key) {
        return states.computeIfAbsent(
                key, absent -> new ArrayList<>(List.of(new State(null, NEVER_EXPIRES, Long.MIN_VALUE))));
    }

    State last(String key) {
        return ofKey(key).get(lastIndex(key));
    }

    int lastIndex(String key) {
        return ofKey(key).size() - 1;
    }

    /** Returns the last state in which a key had a value; -1: it never had. */
    int indexOf(String key, @Nullable String value) {
        List<State> all = ofKey(key);
        for (int i = all.size() - 1; i >= 0; i--) {
            if (Objects.equals(all.get(i).value, value)) {
                return i;
            }
        }
        return -1;
    }

    /** Returns the last state in which there was a value; -1: there never was. */
    int lastIndexThatExists(String key) {
        List<State> all = ofKey(key);
        for (int i = all.size() - 1; i >= 0; i--) {
            if (all.get(i).value != null) {
                return i;
            }
        }
        return -1;
    }

    /** Returns the first state since then in which there was no value; 0: there was none. */
    int firstAbsenceSince(String key, long micros) {
        List<State> all = ofKey(key);
        for (int i = 1; i < all.size(); i++) {
            if (all.get(i).value == null && all.get(i).sinceMicros >= micros) {
                return i;
            }
        }
        return 0;
    }

    /** Returns when a state ended; {@link Long#MAX_VALUE}: it has not. */
    long endMicros(String key, int index) {
        List<State> all = ofKey(key);
        return index == all.size() - 1 ? Long.MAX_VALUE : all.get(index + 1).sinceMicros;
    }

    /** Returns the latest millisecond at which a key could have a value; {@link Long#MAX_VALUE}: any. */
    long latestExpiryMillis(String key, String value) {
        return ofKey(key).stream()
                .filter(state -> value.equals(state.value))
                .mapToLong(state -> state.expireAtMillis == NEVER_EXPIRES ? Long.MAX_VALUE : state.expireAtMillis)
                .max()
                .orElse(Long.MIN_VALUE);
    }
}

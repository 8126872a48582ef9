package dev.freshet.benchmarks.contender;

import java.util.ArrayList;
import java.util.List;

/**
 * A run's keys, which no other run shares: an eviction that comes late is not taken for one of the next run's.
 *
 * @param first the number in the first key
 * @param count how many there are
 */
public record Keys(int first, int count) {

    /** What all keys begin with. */
    public static final String PREFIX = "user:";

    private static final int DIGITS = 9;

    /** The key at an index from 0. */
    public String key(int index) {
        String number = Integer.toString(first + index);
        return PREFIX + "0".repeat(DIGITS - number.length()) + number;
    }

    /** All of them, in order. */
    public List<String> all() {
        List<String> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(key(i));
        }
        return all;
    }

    /** The index of a key, or -1 if it is another run's. */
    int indexOf(String key) {
        if (key.length() != PREFIX.length() + DIGITS) {
            return -1;
        }
        int number = 0;
        for (int i = PREFIX.length(); i < key.length(); i++) {
            number = number * 10 + key.charAt(i) - '0';
        }
        int index = number - first;
        return index >= 0 && index < count ? index : -1;
    }
}

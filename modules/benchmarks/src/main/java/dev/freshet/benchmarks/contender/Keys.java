package dev.freshet.benchmarks.contender;

import java.util.ArrayList;
import java.util.List;

/**
 * The keys of one run. No other run shares them, so a late eviction is not counted for the next run.
 *
 * @param first the number in the first key
 * @param count the number of keys
 */
public record Keys(int first, int count) {

    /** The prefix of all keys. */
    public static final String PREFIX = "user:";

    private static final int DIGITS = 9;

    /** Returns the key at an index, counted from 0. */
    public String key(int index) {
        String number = Integer.toString(first + index);
        return PREFIX + "0".repeat(DIGITS - number.length()) + number;
    }

    /** Returns all keys in order. */
    public List<String> all() {
        List<String> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(key(i));
        }
        return all;
    }

    /** Returns the index of a key, or -1 if it belongs to another run. */
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

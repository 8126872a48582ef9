package dev.freshet.demo.app;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A user, as the database or Redis has it.
 *
 * @param id the primary key
 * @param name the column that requests change
 * @param version grows by one with each change
 */
public record User(long id, String name, long version) {

    private static final Pattern JSON =
            Pattern.compile("\\{\"id\":([0-9]{1,18}),\"name\":\"([^\"]*)\",\"version\":([0-9]{1,18})}\\s*");

    /** Returns the key of this user's cache entry. */
    public String cacheKey() {
        return cacheKey(id);
    }

    /** Returns the key of a user's cache entry. */
    public static String cacheKey(long id) {
        return "user:" + id;
    }

    /** Returns the body of an answer. Names hold letters, digits and spaces only, so nothing needs an escape. */
    String toJson() {
        return "{\"id\":" + id + ",\"name\":\"" + name + "\",\"version\":" + version + "}\n";
    }

    /**
     * Reads what {@link #toJson} returns.
     *
     * @throws IllegalArgumentException if it is something else
     */
    static User parse(String json) {
        Matcher fields = JSON.matcher(json);
        if (!fields.matches()) {
            throw new IllegalArgumentException("no user as this application writes it: " + json);
        }
        return new User(Long.parseLong(fields.group(1)), fields.group(2), Long.parseLong(fields.group(3)));
    }
}

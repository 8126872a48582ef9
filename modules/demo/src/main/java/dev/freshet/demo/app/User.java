package dev.freshet.demo.app;

/**
 * A row of the database.
 *
 * @param id the primary key
 * @param name the column that requests change
 * @param version grows by one with each change of the row
 */
public record User(long id, String name, long version) {

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
}

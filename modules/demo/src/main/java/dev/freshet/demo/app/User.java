package dev.freshet.demo.app;

import io.vertx.core.json.JsonObject;

/**
 * A row of the database.
 *
 * @param id the primary key
 * @param name the column that requests change
 * @param team the user's team; the tag of its cache entry
 * @param version grows by one with each change of the row
 */
public record User(long id, String name, int team, long version) {

    /** Returns the user as the body of an answer, which is also what the cache stores. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("id", id)
                .put("name", name)
                .put("team", team)
                .put("version", version);
    }

    /** Returns the key of this user's cache entry. */
    public String cacheKey() {
        return cacheKey(id);
    }

    /** Returns the key of a user's cache entry. */
    public static String cacheKey(long id) {
        return "user:" + id;
    }

    /** Returns the tag of this user's cache entry. */
    public String cacheTag() {
        return cacheTag(team);
    }

    /** Returns the tag of all cache entries of a team. */
    public static String cacheTag(int team) {
        return "team:" + team;
    }
}

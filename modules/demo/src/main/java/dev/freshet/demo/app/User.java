package dev.freshet.demo.app;

import io.vertx.core.json.JsonObject;

/**
 * A row of the database.
 *
 * @param id the primary key
 * @param name what people change
 * @param team what the user belongs to; the tag of its cache entry
 * @param version grows by one with each change of the row
 */
public record User(long id, String name, int team, long version) {

    /** The answer's body, and the bytes that the cache keeps. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("id", id)
                .put("name", name)
                .put("team", team)
                .put("version", version);
    }

    /** The key of the cache entry. */
    public String cacheKey() {
        return cacheKey(id);
    }

    /** The key of a user's cache entry. */
    public static String cacheKey(long id) {
        return "user:" + id;
    }

    /** The tag of the cache entry. */
    public String cacheTag() {
        return cacheTag(team);
    }

    /** The tag of all cache entries of a team. */
    public static String cacheTag(int team) {
        return "team:" + team;
    }
}

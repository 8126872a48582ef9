package dev.freshet.schema;

/**
 * Names what one deployment has in Redis. Deployments that share a server differ in their namespace's name, or in the database.
 *
 * @param name what all names of keys and channels begin with, before a colon
 * @param database the number of the database that the keys are in. Channels belong to no database, so it is part of their names,
 *     unless it is 0
 */
public record Namespace(String name, int database) {

    /** The namespace of who does not care. */
    public static final Namespace DEFAULT = new Namespace("freshet", 0);

    public Namespace {
        Syntax.requireNamespace(name);
        if (database < 0) {
            throw new IllegalArgumentException("database must not be negative, but is " + database);
        }
    }

    /** Returns the names of a region. */
    public RedisNames region(String region) {
        return new RedisNames(this, region);
    }

    /** What all names of keys and channels begin with. */
    public String prefix() {
        return name + ":";
    }

    /** A set, shared by all regions: the names of the regions that somebody published to or subscribed to. */
    public String regions() {
        return prefix() + "regions";
    }

    /** A hash, shared by all regions: what a source of changes remembers across restarts. */
    public String source(String source) {
        return prefix() + "source:" + source;
    }

    /** A channel, shared by all publishers: what a source is about to send, so that none takes it for news. */
    public String sentBySource(String source) {
        return source(source) + ":sent";
    }

    /** A channel on which a source that listens to keys talks to itself. */
    public String keyspaceChannel(String id) {
        return prefix() + "keyspace:" + id;
    }
}

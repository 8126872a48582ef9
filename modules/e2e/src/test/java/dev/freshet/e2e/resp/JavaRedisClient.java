package dev.freshet.e2e.resp;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client library for Redis, by what the checks do with it. */
interface JavaRedisClient extends AutoCloseable {

    @Nullable
    String get(String key);

    void set(String key, String value);

    void delete(String key);

    /** Writes each value and reads it back, in one pipeline; returns what was read. */
    List<@Nullable String> pipeline(List<Map.Entry<String, String>> writes);

    /** Sets a key and reads it in one transaction; returns what was read. */
    @Nullable
    String transaction(String key, String value);

    /** Sets a key by a script that does not declare it. */
    void script(String key, String value);

    void subscribe(String channel, Consumer<String> messages);

    /** Returns how many heard it. */
    long publish(String channel, String message);

    @Override
    void close();
}

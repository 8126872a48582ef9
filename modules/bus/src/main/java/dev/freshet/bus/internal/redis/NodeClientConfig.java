package dev.freshet.bus.internal.redis;

import dev.freshet.bus.RedisCredentials;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.ClientSetInfoConfig;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisProtocol;

/**
 * What Jedis asks while it connects; all else is its default. Not made by Jedis' builder: a builder's methods differ between the
 * versions that applications bring, while an interface may have more methods than it had, or fewer.
 */
record NodeClientConfig(
        int connectTimeoutMillis,
        int timeoutMillis,
        String clientName,
        int database,
        @Nullable RedisCredentials credentials)
        implements JedisClientConfig {

    /**
     * RESP2, as every connection begins: its subscribed connections and ordinary replies have one form on every server since
     * 6.2, and no user needs the right to run HELLO.
     */
    @Override
    @SuppressWarnings("NullAway") // null: the server's default
    public RedisProtocol getRedisProtocol() {
        return null;
    }

    /** Jedis 8 asks it, and would run HELLO; older versions do not know it. */
    @SuppressWarnings("MissingOverride")
    public boolean isAutoNegotiateProtocol() {
        return false;
    }

    /** No CLIENT SETINFO: servers before 7.2 refuse it, and note each refusal of a user with few rights in their ACL LOG. */
    @Override
    public ClientSetInfoConfig getClientSetInfoConfig() {
        return ClientSetInfoConfig.DISABLED;
    }

    @Override
    public int getConnectionTimeoutMillis() {
        return connectTimeoutMillis;
    }

    @Override
    public int getSocketTimeoutMillis() {
        return timeoutMillis;
    }

    @Override
    public int getDatabase() {
        return database;
    }

    @Override
    public String getClientName() {
        return clientName;
    }

    @Override
    @SuppressWarnings("NullAway") // null: none
    public String getUser() {
        return credentials == null ? null : credentials.username();
    }

    @Override
    @SuppressWarnings("NullAway") // null: none
    public String getPassword() {
        return credentials == null ? null : credentials.password();
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "NodeClientConfig[" + clientName + ", database " + database + "]";
    }
}

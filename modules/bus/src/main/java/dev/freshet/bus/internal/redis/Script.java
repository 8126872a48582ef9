package dev.freshet.bus.internal.redis;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/** A Lua script: called by its digest, and by its text if the server does not have it, or not any more. */
public final class Script {

    private final byte[] text;
    private final byte[] digest;

    private Script(byte[] text) {
        this.text = text;
        try {
            // Redis names scripts by SHA-1. Nothing here needs it to be secure.
            this.digest = HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(text))
                    .getBytes(StandardCharsets.US_ASCII);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Loads a script.
     *
     * @param resources the files that make it up, in this order
     * @throws IllegalStateException if one of them is not in the jar
     */
    public static Script load(String... resources) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (String resource : resources) {
            try (InputStream in = Script.class.getResourceAsStream("/dev/freshet/bus/internal/lua/" + resource)) {
                if (in == null) {
                    throw new IllegalStateException("the script " + resource + " is missing from the jar");
                }
                in.transferTo(text);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new Script(text.toByteArray());
    }

    /** Returns the script's text. */
    public String text() {
        return new String(text, StandardCharsets.UTF_8);
    }

    /** Runs the script and returns its reply. Blocks for at most the connection's timeout; twice that, if the text must be sent. */
    public Object run(RedisConnection connection, List<String> keys, List<byte[]> arguments) {
        try {
            return connection.executeCommand(byDigest(keys, arguments));
        } catch (JedisNoScriptException e) {
            return connection.executeCommand(byText(keys, arguments));
        }
    }

    /** Returns the short call, which the server may answer with NOSCRIPT. */
    CommandArguments byDigest(List<String> keys, List<byte[]> arguments) {
        return call(Protocol.Command.EVALSHA, digest, keys, arguments);
    }

    /** Returns the long call, which always works. */
    CommandArguments byText(List<String> keys, List<byte[]> arguments) {
        return call(Protocol.Command.EVAL, text, keys, arguments);
    }

    private static CommandArguments call(
            Protocol.Command command, byte[] script, List<String> keys, List<byte[]> arguments) {
        CommandArguments call = new CommandArguments(command).add(script).add(keys.size());
        keys.forEach(call::key);
        arguments.forEach(call::add);
        return call;
    }
}

package dev.freshet.bus;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A call of a production script, for a model of Redis to run. */
public record SimulatedCall(String script, List<String> keys, List<byte[]> arguments) {

    private static final String APPEND = read("append.lua");
    private static final String HEARTBEAT = read("heartbeat.lua");

    static SimulatedCall of(ScriptCall call) {
        return new SimulatedCall(call.script() == Script.APPEND ? APPEND : HEARTBEAT, call.keys(), call.arguments());
    }

    private static String read(String resource) {
        try (InputStream in = Script.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

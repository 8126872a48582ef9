package dev.freshet.proofs.simulation;

import dev.freshet.bus.internal.redis.ScriptCall;
import java.util.List;

/** A call of a production script, for a model of Redis to run. */
public record SimulatedCall(String script, List<String> keys, List<byte[]> arguments) {

    static SimulatedCall of(ScriptCall call) {
        return new SimulatedCall(call.script().text(), call.keys(), call.arguments());
    }
}

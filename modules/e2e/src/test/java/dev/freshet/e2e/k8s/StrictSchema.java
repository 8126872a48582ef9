package dev.freshet.e2e.k8s;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.util.ModelMapper;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Checks an object against its Kubernetes schema, more strictly than {@code kubectl apply} does. An unknown field, a missing
 * required field and a wrong type are faults. The schema is in the model classes of the official Java client. The client does not
 * know the two kinds of the Prometheus operator; {@link MonitoringSchema} has these.
 */
final class StrictSchema {
    private StrictSchema() {}

    /** Returns the first fault, or empty. The client's models stop at the first. */
    static Optional<String> fault(Manifest manifest) {
        if (manifest.apiVersion().startsWith("monitoring.coreos.com/")) {
            return MonitoringSchema.fault(manifest);
        }
        String[] parts = manifest.apiVersion().split("/", -1);
        String group = parts.length == 2 ? parts[0] : "";
        String version = parts[parts.length - 1];
        Class<?> model = ModelMapper.getApiTypeClass(group, version, manifest.kind());
        try {
            Method validate = model.getMethod("validateJsonElement", JsonElement.class);
            validate.invoke(null, manifest.json());
            return coerced("", manifest.json(), throughModel(manifest, model));
        } catch (NoSuchMethodException e) {
            return Optional.of("no such kind: " + manifest.apiVersion() + " " + manifest.kind());
        } catch (InvocationTargetException e) {
            return Optional.of(String.valueOf(e.getTargetException().getMessage()));
        } catch (IllegalAccessException e) {
            throw new LinkageError("the Kubernetes client's models have changed", e);
        } catch (RuntimeException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static JsonElement throughModel(Manifest manifest, Class<?> model) {
        return JsonParser.parseString(
                JSON.serialize(JSON.deserialize(manifest.json().toString(), model)));
    }

    /**
     * Checks types by a round trip: what comes out of the model must be what went in. The client's validation checks names
     * only, and its parser turns a word into {@code false}.
     */
    private static Optional<String> coerced(String path, JsonElement in, @Nullable JsonElement out) {
        if (in.isJsonObject() && out != null && out.isJsonObject()) {
            return in.getAsJsonObject().entrySet().stream()
                    .flatMap(
                            field -> coerced(
                                    path + "." + field.getKey(),
                                    field.getValue(),
                                    out.getAsJsonObject().get(field.getKey()))
                                    .stream())
                    .findFirst();
        }
        if (in.isJsonArray() && out != null && out.isJsonArray()) {
            JsonArray ins = in.getAsJsonArray();
            JsonArray outs = out.getAsJsonArray();
            return IntStream.range(0, ins.size())
                    .boxed()
                    .flatMap(i -> coerced(path + "[" + i + "]", ins.get(i), outs.get(i)).stream())
                    .findFirst();
        }
        return in.equals(out) ? Optional.empty() : Optional.of(path + " is " + in + ", which was read as " + out);
    }
}

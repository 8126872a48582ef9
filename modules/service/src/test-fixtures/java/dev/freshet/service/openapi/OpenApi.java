package dev.freshet.service.openapi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An application's OpenAPI document as a test reads it. An answer is written {@code GET /v1/regions 200}. */
public final class OpenApi {

    /** The methods that a path may have, and that a client may send. */
    public static final List<String> METHODS =
            List.of("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE");

    private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)}");
    private static final Pattern PROBLEM_TYPE = Pattern.compile("\"type\":\"urn:problem-type:freshet:([a-z-]+)\"");
    private static final int METHOD_NOT_ALLOWED = 405;

    private static final String JSON = "application/json";
    private static final String SECURITY_SCHEMES = "securitySchemes";

    private final JsonObject document;

    private OpenApi(JsonObject document) {
        this.document = document;
    }

    /** Reads the document that is a resource beside the class. */
    public static OpenApi beside(Class<?> type) {
        try (InputStream in = Objects.requireNonNull(type.getResourceAsStream("openapi.json"))) {
            return of(new String(in.readAllBytes(), UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads a document. */
    public static OpenApi of(String json) {
        return new OpenApi(new JsonObject(json));
    }

    /** Returns the document. */
    public JsonObject json() {
        return document;
    }

    /** Returns the paths, with their parameters in braces. */
    public Set<String> paths() {
        return document.getJsonObject("paths").fieldNames();
    }

    /** Returns the methods that are described for a path. */
    public Set<String> methods(String path) {
        JsonObject described = document.getJsonObject("paths").getJsonObject(path);
        Set<String> methods = new TreeSet<>();
        METHODS.stream()
                .filter(method -> described.containsKey(method.toLowerCase(Locale.ROOT)))
                .forEach(methods::add);
        return methods;
    }

    /** Returns every answer that is described. */
    public Set<String> answers() {
        Set<String> answers = new TreeSet<>();
        for (String path : paths()) {
            for (String method : methods(path)) {
                operation(path, method)
                        .getJsonObject("responses")
                        .fieldNames()
                        .forEach(status -> answers.add(method + " " + path + " " + status));
            }
        }
        return answers;
    }

    /**
     * Returns an answer as {@link #answers} writes it; null if it is of a path or a method that there is not.
     *
     * @param target the request's target as it was sent
     */
    public @Nullable String answer(String method, String target, int status) {
        String path = target.replaceAll("\\?.*", "");
        return paths().stream()
                .filter(template -> path.matches(pattern(template)))
                .filter(template -> status != METHOD_NOT_ALLOWED)
                .map(template -> method + " " + template + " " + status)
                .findFirst()
                .orElse(null);
    }

    /**
     * Fails if an answer of a path that is described is not described itself, or if its description does not begin with the types of
     * its problems, or if its JSON differs from its schema.
     *
     * @param body the answer's body, with or without a problem
     */
    public void requireDescribed(String method, String target, int status, String body) {
        String answer = answer(method, target, status);
        if (answer == null) {
            return;
        }
        if (!answers().contains(answer)) {
            throw new AssertionError("openapi.json does not describe " + answer);
        }
        String[] words = answer.split(" ", -1);
        JsonObject response =
                resolved(operation(words[1], method).getJsonObject("responses").getJsonObject(words[2]));
        Matcher type = PROBLEM_TYPE.matcher(body);
        boolean isProblem = type.find();
        if (isProblem) {
            String description = String.valueOf(response.getString("description"));
            if (!List.of(description.replaceAll(":.*", "").split(", ", -1)).contains(type.group(1))) {
                throw new AssertionError("openapi.json does not name " + type.group(1) + " for " + answer);
            }
        }
        JsonObject content = response.getJsonObject("content", new JsonObject())
                .getJsonObject(isProblem ? "application/problem+json" : JSON);
        if (content != null && !body.isEmpty()) {
            requireSchema(answer, new JsonObject(body), content);
        }
    }

    /** Fails if a request's body is not as the document describes it. */
    public void requireRequest(String method, String path, JsonObject body) {
        requireSchema(method + " " + path, body, requestContent(method, path));
    }

    /** Returns the names of all members that the body of a request may have. */
    public Set<String> requestMembers(String method, String path) {
        return resolved(requestContent(method, path).getJsonObject("schema"))
                .getJsonObject("properties")
                .fieldNames();
    }

    private JsonObject requestContent(String method, String path) {
        return operation(path, method)
                .getJsonObject("requestBody")
                .getJsonObject("content")
                .getJsonObject(JSON);
    }

    private void requireSchema(String what, JsonObject body, JsonObject content) {
        assertThat(Schema.faults(body, content.getJsonObject("schema"), this::resolve))
                .as("%s: %s", what, body)
                .isEmpty();
    }

    /** Returns the names of the headers that an operation takes. */
    public Set<String> headers(String path, String method) {
        Set<String> names = new TreeSet<>();
        for (Object one : operation(path, method).getJsonArray("parameters", new JsonArray())) {
            JsonObject parameter = resolved((JsonObject) one);
            if ("header".equals(parameter.getString("in"))) {
                names.add(parameter.getString("name"));
            }
        }
        return names;
    }

    /** Fails unless the document was served as it is, and has no fault in itself. */
    public void requireServed(@Nullable String contentType, String body) {
        assertThat(contentType).isEqualTo(JSON);
        assertThat(new JsonObject(body)).isEqualTo(document);
        assertThat(document.getString("openapi")).startsWith("3.1.");
        assertThat(faults()).isEmpty();
    }

    /** Fails unless a list, as the root has it, names the document, and all paths with their methods. */
    public void requireListed(JsonObject list) {
        assertThat(list.getString("openapi")).isEqualTo("/openapi.json");
        JsonObject listed = list.getJsonObject("paths");
        assertThat(listed.fieldNames()).isEqualTo(paths());
        paths().forEach(path ->
                assertThat(listed.getJsonArray(path).stream()).containsExactlyInAnyOrderElementsOf(methods(path)));
    }

    /**
     * Fails unless a path takes the methods that are described, and refuses all others by the names of those.
     *
     * @param client sends a request that is right to a path with its parameters in braces
     * @param right the statuses that answer a method that is described
     */
    public void requireMethods(Client client, Integer... right) {
        for (String path : paths()) {
            for (String method : METHODS) {
                Reply reply = client.send(method, path);
                if (methods(path).contains(method)) {
                    assertThat(reply.status()).as(method + " " + path).isIn((Object[]) right);
                } else {
                    assertThat(reply.status()).as(method + " " + path).isEqualTo(METHOD_NOT_ALLOWED);
                    assertThat(Set.of(String.valueOf(reply.allow()).split(", ", -1)))
                            .isEqualTo(methods(path));
                }
            }
        }
    }

    /** What {@link #requireMethods} sends requests with. */
    @FunctionalInterface
    public interface Client {
        Reply send(String method, String path);
    }

    /** What {@link #requireMethods} looks at; the second is the header {@code Allow}. */
    public record Reply(int status, @Nullable String allow) {}

    private static String pattern(String template) {
        Matcher parameter = PARAMETER.matcher(template);
        StringBuilder pattern = new StringBuilder();
        int end = 0;
        while (parameter.find()) {
            pattern.append(Pattern.quote(template.substring(end, parameter.start())))
                    .append("[^/]*");
            end = parameter.end();
        }
        return pattern.append(Pattern.quote(template.substring(end))).toString();
    }

    private JsonObject operation(String path, String method) {
        return document.getJsonObject("paths").getJsonObject(path).getJsonObject(method.toLowerCase(Locale.ROOT));
    }

    /** Returns what is wrong with the document in itself. */
    public List<String> faults() {
        List<String> faults = new ArrayList<>();
        Set<String> used = new HashSet<>();
        lookAt(document, "#", faults, used);
        JsonObject components = document.getJsonObject("components");
        for (String kind : components.fieldNames()) {
            for (String name : components.getJsonObject(kind).fieldNames()) {
                boolean isUsed = kind.equals(SECURITY_SCHEMES)
                        ? document.getJsonArray("security").stream()
                                .anyMatch(one -> ((JsonObject) one).containsKey(name))
                        : used.contains("#/components/" + kind + "/" + name);
                if (!isUsed) {
                    faults.add("nothing refers to " + kind + "/" + name);
                }
            }
        }
        for (Object alternative : document.getJsonArray("security")) {
            ((JsonObject) alternative)
                    .fieldNames().stream()
                            .filter(name -> resolve("#/components/" + SECURITY_SCHEMES + "/" + name) == null)
                            .forEach(name -> faults.add("security refers to " + name + ", which is not there"));
        }
        Set<String> ids = new HashSet<>();
        for (String path : paths()) {
            for (String method : methods(path)) {
                JsonObject operation = operation(path, method);
                if (!ids.add(operation.getString("operationId"))) {
                    faults.add(method + " " + path + " has no operationId of its own");
                }
                if (operation.getString("summary") == null) {
                    faults.add(method + " " + path + " has no summary");
                }
            }
            Matcher parameter = PARAMETER.matcher(path);
            while (parameter.find()) {
                if (!parameters(path).contains(parameter.group(1))) {
                    faults.add(path + " does not describe " + parameter.group(1));
                }
            }
        }
        return faults;
    }

    private Set<String> parameters(String path) {
        Set<String> names = new HashSet<>();
        JsonArray parameters =
                document.getJsonObject("paths").getJsonObject(path).getJsonArray("parameters", new JsonArray());
        for (Object one : parameters) {
            JsonObject parameter = resolve(((JsonObject) one).getString("$ref"));
            if (parameter != null && "path".equals(parameter.getString("in"))) {
                names.add(parameter.getString("name"));
            }
        }
        return names;
    }

    private void lookAt(Object value, String where, List<String> faults, Set<String> used) {
        if (value instanceof JsonObject json) {
            if (json.getValue("$ref") instanceof String target) {
                used.add(target);
                if (resolve(target) == null) {
                    faults.add(where + " refers to " + target + ", which is not there");
                }
            }
            json.forEach(member -> lookAt(member.getValue(), where + "/" + member.getKey(), faults, used));
        } else if (value instanceof JsonArray list) {
            list.forEach(item -> lookAt(item, where + "[]", faults, used));
        }
    }

    private JsonObject resolved(JsonObject value) {
        String reference = value.getString("$ref");
        return reference == null ? value : Objects.requireNonNull(resolve(reference), reference);
    }

    private @Nullable JsonObject resolve(String reference) {
        JsonObject at = document;
        for (String name : reference.substring("#/".length()).split("/", -1)) {
            at = at.getJsonObject(name);
            if (at == null) {
                return null;
            }
        }
        return at;
    }
}

package dev.freshet.e2e.house;

import static org.assertj.core.api.Assertions.assertThat;

import dev.freshet.testkit.Checkout;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Compares docs/HTTP-API.md with the OpenAPI documents of both applications. Each path with its methods, and in the table that says
 * what to do with an answer each status and each type of a problem, is in both or in neither.
 *
 * <p>An answer is written {@code 503 queue-full}, one without a problem {@code 200}. In the documents, the description of an answer
 * with a problem begins with its types, separated by commas.
 */
@Tag("pure")
class HttpApiPageTest {

    private static final Pattern STATUS_OR_TYPE = Pattern.compile("\\b([2-5]\\d\\d)\\b|`([a-z]+(?:-[a-z]+)*)`");
    private static final Pattern TYPES = Pattern.compile("([a-z]+(?:-[a-z]+)*(?:, [a-z]+(?:-[a-z]+)*)*)(?::.*)?");
    private static final Pattern ANYWHERE = Pattern.compile("\\b([45]\\d\\d) ([a-z]+(?:-[a-z]+)+)");
    private static final Pattern OPERATION = Pattern.compile("\\b(GET|HEAD|PUT|POST|DELETE|PATCH) (/[^\\s`,)]*)");
    private static final String PAGE = "docs/HTTP-API.md";
    private static final String COLUMNS = "| status | from | do |";
    private static final String PROBLEM = "application/problem+json";

    @Test
    void theTableHasThePublishersAnswersAndNoOther() throws IOException {
        assertThat(table("P")).isEqualTo(described("publisher"));
    }

    @Test
    void theTableHasTheSubscribersAnswersAndNoOther() throws IOException {
        assertThat(table("S")).isEqualTo(described("subscriber"));
    }

    @Test
    void thePageHasThePublishersPathsAndNoOther() throws IOException {
        assertThat(operations("# Publisher", "# Subscriber")).isEqualTo(describedOperations("publisher"));
    }

    @Test
    void thePageHasTheSubscribersPathsAndNoOther() throws IOException {
        assertThat(operations("# Subscriber", "# Management")).isEqualTo(describedOperations("subscriber"));
    }

    /** Returns the operations that the page names before the part of the publisher, and from one line up to another. */
    private static Set<String> operations(String from, String to) throws IOException {
        List<String> lines = Files.readAllLines(Checkout.file(PAGE));
        List<String> both = lines.subList(0, lines.indexOf("# Publisher"));
        List<String> own = lines.subList(lines.indexOf(from), lines.indexOf(to));
        Set<String> operations = new TreeSet<>();
        Stream.concat(both.stream(), own.stream()).forEach(line -> {
            Matcher named = OPERATION.matcher(line);
            while (named.find()) {
                operations.add(named.group(1) + " " + named.group(2));
            }
        });
        return operations;
    }

    /** Returns the operations that an application's document describes. HEAD stands for GET without the body, on each path. */
    private static Set<String> describedOperations(String application) throws IOException {
        Set<String> operations = new TreeSet<>();
        JsonObject paths = document(application).getJsonObject("paths");
        for (String path : paths.fieldNames()) {
            for (String method : paths.getJsonObject(path).fieldNames()) {
                if (!method.equals("parameters") && !method.equals("head")) {
                    operations.add(method.toUpperCase(Locale.ROOT) + " " + path);
                }
            }
        }
        return operations;
    }

    private static JsonObject document(String application) throws IOException {
        return new JsonObject(Files.readString(
                Checkout.file(application + "/src/main/resources/dev/freshet/" + application + "/http/openapi.json")));
    }

    /** Returns the table's answers of one application. */
    private static Set<String> table(String application) throws IOException {
        List<String> lines = Files.readAllLines(Checkout.file(PAGE));
        Set<String> answers = new TreeSet<>();
        for (int i = lines.indexOf(COLUMNS) + 2; lines.get(i).startsWith("|"); i++) {
            String[] cells = lines.get(i).split("\\|", -1);
            String from = cells[2].strip();
            assertThat(from).as(lines.get(i)).isIn("P", "S", "both");
            if (from.equals(application) || from.equals("both")) {
                addAnswers(cells[1], answers);
            }
        }
        return answers;
    }

    /** Adds the answers of a cell: statuses, each with the types that follow it. */
    private static void addAnswers(String cell, Set<String> answers) {
        Matcher found = STATUS_OR_TYPE.matcher(cell);
        String status = "";
        boolean hasType = true;
        while (found.find()) {
            if (found.group(1) == null) {
                answers.add(status + " " + found.group(2));
                hasType = true;
            } else {
                if (!hasType) {
                    answers.add(status);
                }
                status = found.group(1);
                hasType = false;
            }
        }
        if (!hasType) {
            answers.add(status);
        }
    }

    /** Returns the answers that an application's document describes, for its operations and for all other paths and methods. */
    private static Set<String> described(String application) throws IOException {
        JsonObject document = document(application);
        Set<String> answers = new TreeSet<>();
        JsonObject paths = document.getJsonObject("paths");
        for (String path : paths.fieldNames()) {
            for (String method : paths.getJsonObject(path).fieldNames()) {
                if (!method.equals("parameters")) {
                    JsonObject responses =
                            paths.getJsonObject(path).getJsonObject(method).getJsonObject("responses");
                    responses.forEach(response -> addDescribed(
                            response.getKey(), resolved(document, (JsonObject) response.getValue()), answers));
                }
            }
        }
        Matcher elsewhere = ANYWHERE.matcher(document.getJsonObject("info").getString("description"));
        while (elsewhere.find()) {
            answers.add(elsewhere.group(1) + " " + elsewhere.group(2));
        }
        return answers;
    }

    private static void addDescribed(String status, JsonObject response, Set<String> answers) {
        String description = response.getString("description");
        boolean hasProblem = response.getJsonObject("content", new JsonObject()).containsKey(PROBLEM);
        // A miss has a lease instead of a problem.
        if (!hasProblem || response.getJsonObject("headers", new JsonObject()).containsKey("Lease")) {
            answers.add(status);
        }
        if (!hasProblem) {
            return;
        }
        Matcher types = TYPES.matcher(description);
        assertThat(types.matches()).as(status + ": " + description).isTrue();
        for (String type : types.group(1).split(", ", -1)) {
            answers.add(status + " " + type);
        }
    }

    private static JsonObject resolved(JsonObject document, JsonObject response) {
        String reference = response.getString("$ref");
        return reference == null
                ? response
                : document.getJsonObject("components")
                        .getJsonObject("responses")
                        .getJsonObject(reference.substring("#/components/responses/".length()));
    }
}

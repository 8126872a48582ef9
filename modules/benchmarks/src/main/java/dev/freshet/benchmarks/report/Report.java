package dev.freshet.benchmarks.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The result of one command.
 *
 * @param name the command
 * @param machine the machine in one line
 * @param figures in the order of the tables
 */
public record Report(String name, String machine, List<Figure> figures) {

    private static final ObjectMapper JSON = new ObjectMapper();

    public Report {
        figures = List.copyOf(figures);
    }

    /** Returns the figure of this measure and contender, or empty if it was not measured. */
    public Optional<Figure> figure(String measure, String who) {
        return figures.stream()
                .filter(figure ->
                        figure.measure().equals(measure) && figure.who().equals(who))
                .findFirst();
    }

    /** Returns the figures of all contenders for a measure. */
    public List<Figure> of(String measure) {
        return figures.stream()
                .filter(figure -> figure.measure().equals(measure))
                .toList();
    }

    /** Returns the measures in order. */
    public List<String> measures() {
        return figures.stream().map(Figure::measure).distinct().toList();
    }

    /** Returns the report as JSON, with the value of every round. */
    public String json() {
        ObjectNode root = JSON.createObjectNode();
        root.put("name", name).put("machine", machine);
        ArrayNode array = root.putArray("figures");
        for (Figure figure : figures) {
            ObjectNode node = array.addObject();
            node.put("measure", figure.measure()).put("who", figure.who()).put("unit", figure.unit());
            node.put("median", figure.median()).put("min", figure.min()).put("max", figure.max());
            ArrayNode rounds = node.putArray("rounds");
            figure.rounds().forEach(value -> rounds.add(value.doubleValue()));
        }
        return root.toPrettyString() + "\n";
    }

    /** Reads a file that {@link #json} wrote. */
    public static Report read(Path file) {
        try {
            JsonNode root = JSON.readTree(Files.readString(file));
            List<Figure> figures = new ArrayList<>();
            for (JsonNode node : root.path("figures")) {
                List<Double> rounds = new ArrayList<>();
                node.path("rounds").forEach(value -> rounds.add(value.asDouble()));
                figures.add(new Figure(
                        node.path("measure").asText(),
                        node.path("who").asText(),
                        node.path("unit").asText(),
                        rounds));
            }
            return new Report(root.path("name").asText(), root.path("machine").asText(), figures);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

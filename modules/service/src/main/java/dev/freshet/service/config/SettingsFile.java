package dev.freshet.service.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Reads a YAML file into nodes and collects its faults. Values are not interpreted: {@code 10m} stays a text until a setting is
 * read.
 */
public final class SettingsFile {

    private static final int MAX_CODE_POINTS = 1 << 20;
    private static final int MAX_DEPTH = 16;
    private static final int MAX_BYTES = 4 * MAX_CODE_POINTS;

    /** Aliases make large trees out of small files. */
    private static final int MAX_NODES = 100_000;

    private final String name;
    private final List<ConfigurationFault> faults;
    private int nodes;
    private boolean isTooDeep;

    private SettingsFile(String name, List<ConfigurationFault> faults) {
        this.name = name;
        this.faults = faults;
    }

    /** Reads the file as far as possible. Adds what is wrong with it to the faults. */
    static ConfigNode.Mapping read(Path file, String from, List<ConfigurationFault> faults) {
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                // A folder; or a device or pipe, which may never end, or never begin.
                faults.add(new ConfigurationFault("config", "must name a file, but " + file + " is none", from));
                return empty(from);
            }
            return parse(String.valueOf(file.getFileName()), text(file), faults);
        } catch (NoSuchFileException e) {
            faults.add(new ConfigurationFault("config", "must name a file, but " + file + " does not exist", from));
        } catch (CharacterCodingException e) {
            faults.add(new ConfigurationFault("config", "must be UTF-8, but " + file + " is not", from));
        } catch (IOException e) {
            String reason = e instanceof AccessDeniedException ? "access is denied" : e.getMessage();
            faults.add(new ConfigurationFault(
                    "config", "must name a file that can be read, but " + file + " cannot: " + reason, from));
        }
        return empty(from);
    }

    private static String text(Path file) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        }
        if (bytes.length > MAX_BYTES) {
            throw new IOException("it has more than " + MAX_BYTES + " bytes");
        }
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }

    static ConfigNode.Mapping parse(String name, String text, List<ConfigurationFault> faults) {
        SettingsFile file = new SettingsFile(name, faults);
        try {
            LoadSettings settings = LoadSettings.builder()
                    .setLabel(name)
                    .setCodePointLimit(MAX_CODE_POINTS)
                    .setMaxAliasesForCollections(10)
                    .build();
            Node root = new Compose(settings).composeString(text).orElse(null);
            if (root instanceof MappingNode mapping) {
                return file.mapping("", mapping, 0);
            }
            if (root != null && !isNull(root)) {
                faults.add(new ConfigurationFault(
                        "config", "must hold settings, as in \"http: { port: 8700 }\"", file.source(root)));
            }
        } catch (StackOverflowError e) {
            faults.add(new ConfigurationFault(
                    "config", "must be nested at most " + MAX_DEPTH + " levels deep", "from " + name));
        } catch (MarkedYamlEngineException e) {
            // The exception's own message quotes the line, which may hold a password.
            String line = e.getProblemMark()
                    .map(mark -> ", line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1))
                    .orElse("");
            faults.add(new ConfigurationFault("config", "is not well-formed YAML", "from " + name + line));
        } catch (YamlEngineException e) {
            faults.add(new ConfigurationFault(
                    "config",
                    "is not well-formed YAML, or has more than " + MAX_CODE_POINTS + " characters",
                    "from " + name));
        }
        return empty("from " + name);
    }

    static ConfigNode.Mapping empty(String source) {
        return new ConfigNode.Mapping(new LinkedHashMap<>(), source);
    }

    private ConfigNode.Mapping mapping(String path, MappingNode node, int depth) {
        Map<String, ConfigNode> entries = new LinkedHashMap<>();
        for (NodeTuple tuple : node.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode keyNode)) {
                faults.add(new ConfigurationFault(
                        path.isEmpty() ? "config" : path,
                        "must have names that are single texts",
                        source(tuple.getKeyNode())));
                continue;
            }
            String key = keyNode.getValue();
            String childPath = path.isEmpty() ? key : path + "." + key;
            ConfigNode value = node(childPath, tuple.getValueNode(), depth + 1);
            if (entries.putIfAbsent(key, value) != null) {
                faults.add(new ConfigurationFault(childPath, "must be given once, but is repeated", source(keyNode)));
            }
        }
        return new ConfigNode.Mapping(entries, source(node));
    }

    private ConfigNode node(String path, Node node, int depth) {
        if (++nodes > MAX_NODES) {
            if (nodes == MAX_NODES + 1) {
                faults.add(
                        new ConfigurationFault("config", "must hold at most " + MAX_NODES + " values", source(node)));
            }
            return new ConfigNode.Scalar("", true, source(node));
        }
        if (depth > MAX_DEPTH) {
            if (!isTooDeep) {
                isTooDeep = true;
                faults.add(new ConfigurationFault(
                        path, "must be nested at most " + MAX_DEPTH + " levels deep", source(node)));
            }
            return new ConfigNode.Scalar("", true, source(node));
        }
        if (node instanceof MappingNode mapping) {
            return mapping(path, mapping, depth);
        }
        if (node instanceof SequenceNode sequence) {
            List<ConfigNode> items = new ArrayList<>();
            for (Node item : sequence.getValue()) {
                items.add(node(path + "[" + items.size() + "]", item, depth + 1));
            }
            return new ConfigNode.Sequence(items, source(node));
        }
        String text = node instanceof ScalarNode scalar ? scalar.getValue() : "";
        return new ConfigNode.Scalar(text, isNull(node), source(node));
    }

    private static boolean isNull(Node node) {
        return node instanceof ScalarNode && node.getTag().equals(Tag.NULL);
    }

    private String source(Node node) {
        return "from " + name
                + node.getStartMark()
                        .map(mark -> ", line " + (mark.getLine() + 1))
                        .orElse("");
    }
}

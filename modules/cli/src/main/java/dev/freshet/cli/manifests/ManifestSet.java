package dev.freshet.cli.manifests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Objects that are applied together. */
public record ManifestSet(List<KubernetesObject> objects) {

    /** No object. */
    public static final ManifestSet EMPTY = new ManifestSet(List.of());

    private static final int MAX_CODE_POINTS = 64 << 20;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Holds these objects. */
    public ManifestSet {
        objects = List.copyOf(objects);
    }

    /**
     * Reads a stream of YAML documents.
     *
     * @param name where they are from, for messages
     * @throws UnreadableException if it is not well-formed, or if a document is no object of Kubernetes
     */
    public static ManifestSet parse(String name, String yaml) throws UnreadableException {
        LoadSettings settings =
                LoadSettings.builder().setCodePointLimit(MAX_CODE_POINTS).build();
        List<KubernetesObject> objects = new ArrayList<>();
        int document = 0;
        try {
            for (Object loaded : new Load(settings).loadAllFromString(yaml)) {
                document++;
                if (loaded != null) {
                    add(name + ", document " + document, MAPPER.valueToTree(loaded), objects);
                }
            }
        } catch (MarkedYamlEngineException e) {
            String line = e.getProblemMark()
                    .map(mark -> ", line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1))
                    .orElse("");
            throw new UnreadableException(name + line + ": this is not well-formed YAML");
        } catch (YamlEngineException | StackOverflowError | IllegalArgumentException e) {
            throw new UnreadableException(name + ", after document " + document + ": this is not well-formed YAML");
        }
        return new ManifestSet(objects);
    }

    private static void add(String where, JsonNode json, List<KubernetesObject> objects) throws UnreadableException {
        KubernetesObject object = new KubernetesObject(json);
        if (object.kind().endsWith("List") && json.path("items").isArray()) {
            for (JsonNode item : json.path("items")) {
                add(where, item, objects);
            }
            return;
        }
        for (String field : List.of("/apiVersion", "/kind", "/metadata/name")) {
            if (!json.at(field).isTextual()) {
                throw new UnreadableException(where + ": " + field.substring(1).replace('/', '.')
                        + " is missing, so this is no object of Kubernetes");
            }
        }
        objects.add(object);
    }

    /** Returns the objects of both. */
    public ManifestSet and(ManifestSet other) {
        return new ManifestSet(
                Stream.concat(objects.stream(), other.objects.stream()).toList());
    }

    Stream<KubernetesObject> ofKind(String kind) {
        return objects.stream().filter(object -> object.kind().equals(kind));
    }

    Stream<KubernetesObject> workloads() {
        return objects.stream().filter(KubernetesObject::hasPods);
    }

    /** Returns the containers that run this image of ours. */
    List<Container> running(String application) {
        return workloads()
                .flatMap(workload -> workload.containers().stream())
                .filter(container -> container.runs(application))
                .toList();
    }

    /** Returns the object of this kind and name that another one refers to. */
    Optional<KubernetesObject> referredTo(KubernetesObject from, String kind, String name) {
        return ofKind(kind)
                .filter(object -> object.name().equals(name) && object.isBeside(from))
                .findFirst();
    }
}

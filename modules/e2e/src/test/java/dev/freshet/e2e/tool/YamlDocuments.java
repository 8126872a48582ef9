package dev.freshet.e2e.tool;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Reads YAML as JSON. A key that stands twice is a fault. */
public final class YamlDocuments {
    private YamlDocuments() {}

    /** Returns every document of a stream that is not empty. */
    public static List<JsonObject> parse(String yaml) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        List<JsonObject> documents = new ArrayList<>();
        for (Object document : new Yaml(new SafeConstructor(options)).loadAll(yaml)) {
            if (document != null) {
                documents.add(new Gson().toJsonTree(document).getAsJsonObject());
            }
        }
        return documents;
    }

    /** Returns the first document of a file. */
    public static JsonObject read(Path file) {
        try {
            return parse(Files.readString(file)).get(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package dev.freshet.e2e.release;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A list of what a jar contains or needs: a software bill of materials in the format CycloneDX. */
record Sbom(String format, Component subject, List<Component> components) {

    static Sbom parse(String json) {
        JsonObject bom = JsonParser.parseString(json).getAsJsonObject();
        List<Component> components = new ArrayList<>();
        for (JsonElement component : bom.getAsJsonArray("components")) {
            components.add(Component.of(component.getAsJsonObject()));
        }
        return new Sbom(
                bom.get("bomFormat").getAsString() + " "
                        + bom.get("specVersion").getAsString(),
                Component.of(bom.getAsJsonObject("metadata").getAsJsonObject("component")),
                components);
    }

    List<String> artifacts() {
        return components.stream().map(Component::artifact).toList();
    }

    /** A library, and the licences that its POM offers, by their SPDX names where they have one. */
    record Component(String type, String group, String artifact, String version, List<String> licences) {

        static Component of(JsonObject json) {
            List<String> licences = new ArrayList<>();
            JsonArray offered = json.has("licenses") ? json.getAsJsonArray("licenses") : new JsonArray();
            for (JsonElement choice : offered) {
                JsonObject either = choice.getAsJsonObject();
                if (either.has("expression")) {
                    licences.add(either.get("expression").getAsString());
                } else {
                    JsonObject licence = either.getAsJsonObject("license");
                    licences.add(licence.get(licence.has("id") ? "id" : "name").getAsString());
                }
            }
            return new Component(
                    json.get("type").getAsString(),
                    json.get("group").getAsString(),
                    json.get("name").getAsString(),
                    json.get("version").getAsString(),
                    licences);
        }

        boolean isOurs() {
            return group.equals("dev.freshet");
        }

        /** Returns where Maven keeps its jar. */
        Path jar() {
            return Path.of(System.getProperty("user.home"), ".m2", "repository")
                    .resolve(group.replace('.', '/'))
                    .resolve(artifact)
                    .resolve(version)
                    .resolve(artifact + "-" + version + ".jar");
        }

        @Override
        public String toString() {
            return group + ":" + artifact + ":" + version;
        }
    }
}

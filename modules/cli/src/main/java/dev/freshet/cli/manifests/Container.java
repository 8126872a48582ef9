package dev.freshet.cli.manifests;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A container of a Pod.
 *
 * @param owner the object whose Pods have it
 * @param isInit whether it is an init container
 */
record Container(KubernetesObject owner, boolean isInit, JsonNode json) {

    String name() {
        return json.path("name").asText();
    }

    /** Does it run this image of ours? By its name, or by the last part of its image's. */
    boolean runs(String application) {
        String image = json.path("image").asText();
        String last = image.substring(image.lastIndexOf('/') + 1).replaceFirst("[:@].*", "");
        return name().equals(application) || last.equals(application);
    }

    boolean hasPort(JsonNode port) {
        for (JsonNode own : json.path("ports")) {
            if (own.path("name").equals(port) || own.path("containerPort").equals(port)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the volume of its Pod that is mounted by this name; a missing node if there is none. */
    JsonNode volume(String volume) {
        JsonNode volumes = owner.template().at("/spec/volumes");
        for (JsonNode candidate : volumes) {
            if (candidate.path("name").asText().equals(volume)) {
                return candidate;
            }
        }
        return json.at("/none");
    }

    @Override
    public String toString() {
        return "container " + name() + " of " + owner;
    }
}
